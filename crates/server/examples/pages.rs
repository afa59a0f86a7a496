//! Writes every page of the sample moment as static files with their assets, to look at without a server:
//! `cargo run -p throughline-server --example pages -- <folder>`.

#[path = "../tests/it/sample/mod.rs"]
mod sample;

use std::io;
use std::path::Path;

use throughline_server::view::path::{By, Layer};
use throughline_server::view::shell::Shell;
use throughline_server::{asset, page};

fn main() -> io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/pages".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder.join("assets"))?;
    let paths = asset::paths();
    for path in [&paths.style, &paths.script, &paths.icon] {
        let asset = asset::asset(path).expect("a path of `paths` leads to its asset");
        std::fs::write(folder.join(path.trim_start_matches('/')), asset.body)?;
    }
    for (name, markup) in pages() {
        std::fs::write(folder.join(format!("{name}.html")), markup)?;
    }
    Ok(())
}

fn pages() -> Vec<(&'static str, String)> {
    let shell = sample::shell();
    let mut pages = vec![
        ("today", page::today(&shell, &sample::today())),
        ("map", page::map(&shell, &sample::map(Layer::Steps))),
        ("map-slos", page::map(&shell, &sample::map(Layer::Slos))),
        ("map-table", page::map(&shell, &sample::map(Layer::Table))),
        ("objective", page::objective(&shell, &sample::objective())),
        ("step", page::step(&shell, &sample::step())),
        ("slos", page::slos(&shell, &sample::slos())),
        ("slo", page::slo(&shell, &sample::slo())),
        ("impact", page::impact(&shell, &sample::impact(By::Service))),
        ("impact-step", page::impact(&shell, &sample::impact(By::Step))),
        ("operations", page::operations(&shell, &sample::operations())),
        ("explain", page::trace(&shell, &sample::trace())),
        ("explain-not-kept", page::trace(&shell, &sample::not_kept())),
        ("quality", page::quality(&shell, &sample::quality())),
        ("refused", page::today(&sample::refused(), &sample::today())),
        ("not-found", page::not_found(&shell, "/p/mail/steps/teleport")),
        ("failed", page::failed(&shell, "The evaluator did not answer in time.")),
    ];
    let bare = Shell::default();
    pages.extend(
        sample::empties().into_iter().map(|(name, state)| (name, page::nothing(&bare, "Today", &state))),
    );
    pages.into_iter().map(|(name, markup)| (name, markup.into_string())).collect()
}
