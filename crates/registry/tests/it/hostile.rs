//! Texts that nobody means well with: no panic, no long wait, and a place for what is wrong.

use std::path::PathBuf;

use throughline_core::model::registry::IdBook;
use throughline_registry::{Code, FILES_MAX, Loaded, Source, load_dir, load_sources};

use crate::{codes, crate_dir, load_text, product};

/// A folder of its own that is removed again.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("throughline-registry-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn load(&self) -> Loaded {
        load_dir(&self.0, &mut IdBook::default())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn mail() -> String {
    std::fs::read_to_string(crate_dir().join("../../examples/mail/mail.yaml")).unwrap()
}

#[test]
fn nesting_without_end_is_cut() {
    for text in ["[".repeat(100_000), "{a: ".repeat(50_000), "- ".repeat(100_000), "? ".repeat(50_000)] {
        let loaded = load_text(&text);
        assert!(loaded.registry.is_none(), "{:.20}", text);
        assert_eq!(loaded.diagnostics[0].line, 1);
    }
}

#[test]
fn brackets_without_end_are_too_deep_and_no_syntax() {
    for open in ["[", "{", "{a: ", "- ", "[\n", "{\n"] {
        let loaded = load_text(&format!("{}\n---\n{}", open.repeat(5_000), product("    send-mail: {}\n")));
        assert_eq!(codes(&loaded)[0], Code::TooDeep, "{open}");
        let told = loaded.diagnostics[0].to_string();
        assert!(told.contains("never closed") && !told.contains("indent"), "{told}");
        assert_eq!(loaded.documents.len(), 1, "{open}");
    }
}

#[test]
fn many_broken_documents_do_not_take_long() {
    let loaded = load_text(&"---\n[\n".repeat(20_000));
    assert!(codes(&loaded).iter().all(|code| matches!(code, Code::YamlSyntax | Code::TooDeep)));
    assert!(loaded.registry.is_none());
}

#[test]
fn a_huge_scalar_is_only_shown_in_part() {
    for key in ["colour", "class", "timeout"] {
        let text = product(&format!("    send-mail: {{{key}: \"{}\"}}\n", "x".repeat(900_000)));
        let loaded = load_text(&text);
        let told = loaded.diagnostics.iter().map(|d| d.to_string().len()).max().unwrap();
        assert!(told < 1_000, "{told}");
    }
    let loaded = load_text(&product(&format!("    send-mail: {{timeout: {}s}}\n", "9".repeat(1_000))));
    let long = loaded.diagnostics.iter().find(|d| d.code == Code::BadValue).unwrap();
    assert!(long.message.ends_with("9s` is not a duration"), "{long}");
}

#[test]
fn nothing_is_underlined_beyond_the_part_of_a_line_that_is_shown() {
    let text = product(&format!("    send-mail: {{name: {}, colour: red}}\n", "x".repeat(300)));
    let loaded = load_text(&text);
    let found = loaded.diagnostics.iter().find(|d| d.code == Code::UnknownKey).unwrap();
    assert!(found.column > 300 && !found.to_string().contains('^'), "{found}");
}

#[test]
fn a_glob_that_is_too_long_is_told() {
    let text = product(&format!(
        "    send-mail: {{actions: [{{service: a, operation: \"*{}\"}}]}}\n",
        "x".repeat(100_000)
    ));
    assert!(codes(&load_text(&text)).contains(&Code::BadValue));
}

#[test]
fn aliases_that_deepen_each_other_are_no_stack_overflow() {
    let mut text = String::from("a0: &a0 [x]\n");
    for n in 1..200 {
        text += &format!("a{n}: &a{n} {}*a{}{}\n", "[".repeat(40), n - 1, "]".repeat(40));
    }
    assert!(codes(&load_text(&text)).contains(&Code::TooManyAliases));
}

#[test]
fn an_alias_inside_its_anchor_is_an_error() {
    let loaded = load_text("a: &a [*a]\n");
    assert!(loaded.registry.is_none());
    assert_eq!(loaded.diagnostics[0].line, 1);
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let plain = load_text(&mail());
    let windows = load_text(&format!("\u{feff}{}", mail().replace('\n', "\r\n")));
    assert!(windows.diagnostics.is_empty());
    assert_eq!(windows.registry.unwrap().version, plain.registry.unwrap().version);
}

#[test]
fn lines_that_end_with_a_carriage_return_are_lines() {
    let text = format!("a: [\n---\n{}", product("    send-mail: {colour: red}\n"));
    let found = |text: &str| load_text(text).diagnostics;
    assert_eq!(found(&text).iter().filter(|d| d.code == Code::UnknownKey).count(), 1);
    assert_eq!(found(&text.replace('\n', "\r")), found(&text));
    assert_eq!(found(&text.replace('\n', "\r\n")), found(&text));
}

#[test]
fn what_acts_on_a_terminal_is_shown_escaped() {
    let line = "    send-mail: {name: \u{202e}x, \"col\\e[31mour\": \u{9b}2J, class: \"c\\e[2J\"}\n";
    let source = Source::new("a\u{1b}[31m.yaml", product(line));
    let loaded = load_sources(vec![source], &mut IdBook::default());
    let told: Vec<_> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    let told = told.join("\n");
    assert!(!told.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{told:?}");
    assert!(told.contains(r"col\u{1b}[31mour"), "{told}");
    assert!(told.contains(r"a\u{1b}[31m.yaml:6:"), "{told}");
    assert!(told.contains(r"\u{202e}"), "{told}");
}

#[test]
fn places_count_characters_and_lines_of_any_end() {
    let text = product("    send-mail: {name: \"Größe 📮\", colour: red}\n").replace('\n', "\r\n");
    let loaded = load_text(&text);
    let found = loaded.diagnostics.iter().find(|d| d.code == Code::UnknownKey).unwrap();
    assert_eq!((found.line, found.column, found.end_column), (6, 34, 40));
    assert!(!found.excerpt.contains('\r'));
}

#[test]
fn tabs_are_told_at_their_place() {
    let loaded = load_text("apiVersion: throughline.dev/v1\nkind: Product\nspec:\n\tsteps: {}\n");
    let found = &loaded.diagnostics[0];
    assert_eq!((found.code, found.line), (Code::YamlSyntax, 4));
}

#[test]
fn bytes_that_are_no_text_are_told_at_their_place() {
    let folder = Folder::new("bytes");
    let mut bytes = product("    send-mail: {name: ").into_bytes();
    bytes.extend(b"\xff\xfe}\n");
    std::fs::write(folder.0.join("a.yaml"), bytes).unwrap();
    let loaded = folder.load();
    let found = loaded.diagnostics.iter().find(|d| d.code == Code::NotUtf8).unwrap();
    assert_eq!((found.line, found.column), (6, 23));
    assert!(loaded.registry.is_none());
}

#[test]
fn text_of_several_bytes_a_character_is_named() {
    let folder = Folder::new("wide");
    let text = product("    send-mail: {}\n");
    let utf16 = |order: fn(u16) -> [u8; 2], mark: &str| {
        format!("{mark}{text}").encode_utf16().flat_map(order).collect::<Vec<u8>>()
    };
    let utf32: Vec<u8> = text.chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
    let files = [
        (utf16(u16::to_le_bytes, "\u{feff}"), "UTF-16"),
        (utf16(u16::to_be_bytes, "\u{feff}"), "UTF-16"),
        (utf16(u16::to_le_bytes, ""), "UTF-16"),
        (utf16(u16::to_be_bytes, ""), "UTF-16"),
        (utf32, "UTF-32"),
    ];
    for (bytes, name) in files {
        std::fs::write(folder.0.join("a.yaml"), bytes).unwrap();
        let loaded = folder.load();
        assert_eq!(codes(&loaded), [Code::NotUtf8]);
        assert!(loaded.diagnostics[0].message.contains(name));
        assert_eq!(loaded.diagnostics[0].excerpt, "");
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let loaded = load_dir(&crate_dir().join("no-such-folder"), &mut IdBook::default());
    assert_eq!(codes(&loaded), [Code::FileUnreadable]);
}

#[test]
fn more_files_than_a_registry_has_are_not_read() {
    let folder = Folder::new("files");
    std::fs::write(folder.0.join("00000.yaml"), "a: foreign document\n").unwrap();
    for n in 1..=FILES_MAX {
        std::fs::hard_link(folder.0.join("00000.yaml"), folder.0.join(format!("{n:05}.yaml"))).unwrap();
    }
    assert!(codes(&folder.load()).contains(&Code::TooManyFiles));
    std::fs::remove_file(folder.0.join("00000.yaml")).unwrap();
    let loaded = folder.load();
    assert!(!codes(&loaded).contains(&Code::TooManyFiles));
    assert_eq!(loaded.files, FILES_MAX);
}

#[test]
fn hidden_files_and_other_files_are_not_read() {
    let folder = Folder::new("hidden");
    std::fs::create_dir_all(folder.0.join(".git")).unwrap();
    for name in [".hidden.yaml", ".git/a.yaml", "notes.txt", "a.yaml.orig"] {
        std::fs::write(folder.0.join(name), "not: ours\n").unwrap();
    }
    assert_eq!(folder.load().files, 0);
}

#[test]
fn what_is_passed_over_is_named_where_nothing_is_read() {
    let folder = Folder::new("passed-over");
    let hint = || folder.load().diagnostics[0].hint.clone().unwrap();
    assert_eq!(hint(), "the folder holds no files; name the registry's own folder");
    std::fs::create_dir_all(folder.0.join("below")).unwrap();
    for name in ["a.yml.txt", ".hidden", "below/b.json"] {
        std::fs::write(folder.0.join(name), product("    send-mail: {}\n")).unwrap();
    }
    assert_eq!(codes(&folder.load()), [Code::NoProduct]);
    assert_eq!(hint(), format!("passed over: `a.yml.txt`, `below{}b.json`", std::path::MAIN_SEPARATOR));
    for n in 0..4 {
        std::fs::write(folder.0.join(format!("c{n}.md")), "").unwrap();
    }
    assert!(hint().ends_with("`c2.md` and 1 more"), "{}", hint());
}

#[test]
fn capitals_in_the_ending_of_a_name_change_nothing() {
    let folder = Folder::new("capitals");
    for name in ["a.YAML", "b.Yml"] {
        std::fs::write(folder.0.join(name), product("    send-mail: {}\n")).unwrap();
    }
    let loaded = folder.load();
    assert_eq!((loaded.files, loaded.documents.len()), (2, 2));
}

#[test]
fn a_file_without_a_document_is_named_and_no_error() {
    let text = product("    send-mail: {}\n");
    for empty in ["", "\n\n", "# a comment\n", "---\n# a comment\n", "\u{feff}"] {
        let sources = vec![Source::new("a.yaml", text.as_str()), Source::new("b.yaml", empty)];
        let loaded = load_sources(sources, &mut IdBook::default());
        let found = loaded.diagnostics.iter().find(|d| d.code == Code::EmptyFile).unwrap();
        assert_eq!((found.file.as_str(), found.line), ("b.yaml", 0), "{empty:?}");
        assert!(loaded.registry.is_some());
    }
    assert!(!codes(&load_text(&format!("{text}---\n"))).contains(&Code::EmptyFile));
}

#[cfg(unix)]
#[test]
fn a_folder_that_links_to_itself_is_read_once() {
    let folder = Folder::new("loop");
    std::fs::create_dir_all(folder.0.join("below")).unwrap();
    std::fs::write(folder.0.join("b.yaml"), "").unwrap();
    std::fs::write(folder.0.join("below/a.yaml"), product("    send-mail: {}\n")).unwrap();
    std::os::unix::fs::symlink(&folder.0, folder.0.join("below/again")).unwrap();
    let loaded = folder.load();
    assert_eq!((loaded.files, loaded.documents.len()), (2, 1));
}

#[test]
fn no_cut_and_no_change_of_a_byte_is_a_panic() {
    let text = mail();
    let mut seed: u64 = 7;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let noise = b"{}[]:-&*!|>'\"%@`#,?\t\n \xc3~0";
    for _ in 0..200 {
        let mut bytes = text.as_bytes()[..random(text.len()) + 1].to_vec();
        for _ in 0..random(4) {
            let at = random(bytes.len());
            bytes[at] = noise[random(noise.len())];
        }
        let loaded = load_text(&String::from_utf8_lossy(&bytes));
        for diagnostic in &loaded.diagnostics {
            let lines = bytes.split(|byte| *byte == b'\n').count() as u32;
            assert!(diagnostic.line <= lines + 1, "{diagnostic}");
        }
    }
}
