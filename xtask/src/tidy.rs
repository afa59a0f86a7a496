//! `cargo xtask tidy`: rules about the tree itself, each of which says what to do when it is broken. It reads files
//! and manifests, and compiles nothing.

mod edges;
mod source;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::generate::GENERATED;
use crate::shell::{root, step};

/// One broken rule.
pub(crate) struct Fault {
    /// Where, from the root.
    pub(crate) at: String,
    pub(crate) what: String,
}

/// Checks the tree and says everything that is wrong with it at once.
pub(crate) fn tidy() -> Result<()> {
    step("tidy", || {
        let faults = faults(&root())?;
        for Fault { at, what } in &faults {
            println!("{at}: {what}");
        }
        if faults.is_empty() { Ok(()) } else { bail!("{} rules are broken", faults.len()) }
    })
}

fn faults(root: &Path) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    let mut files = Vec::new();
    for folder in ["crates", "xtask"] {
        rust_files(&root.join(folder), &mut files)?;
    }
    files.sort();
    for file in &files {
        let at = file.strip_prefix(root).unwrap_or(file).display().to_string();
        let text = std::fs::read_to_string(file)?;
        faults.extend(source::faults(&text).into_iter().map(|what| Fault { at: at.clone(), what }));
        if !is_declared(file)? {
            faults.push(Fault { at, what: "no `mod` declares it: it is never compiled".to_owned() });
        }
    }
    for (_, _, file) in GENERATED {
        if !root.join(file).is_file() {
            faults.push(Fault {
                at: file.to_owned(),
                what: "is missing; `cargo xtask gen` writes it".to_owned(),
            });
        }
    }
    faults.extend(edges::faults(&edges::metadata()?));
    Ok(faults)
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target" && name != "fixtures") {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// Returns whether the file is a root that cargo finds, or its parent module declares it.
fn is_declared(file: &Path) -> Result<bool> {
    let folder = file.parent().unwrap_or(file);
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let is_in = |name: &str| folder.file_name().is_some_and(|folder| folder == name);
    // One integration binary a crate: a file right below `tests` would be linked by itself.
    if matches!(&*stem, "main" | "lib") && !is_in("tests") || is_in("examples") {
        return Ok(true);
    }
    let (name, folder) = match &*stem {
        "mod" => {
            (folder.file_name().unwrap_or_default().to_string_lossy(), folder.parent().unwrap_or(folder))
        }
        _ => (stem, folder),
    };
    let parents = ["main.rs", "lib.rs", "mod.rs"].map(|root| folder.join(root));
    let declares = |text: &str| {
        text.lines().any(|line| {
            let line = line.trim_start();
            let line = line
                .strip_prefix("pub")
                .map_or(line, |rest| rest.split_once(' ').map_or(rest, |(_, rest)| rest));
            line.strip_prefix("mod ").is_some_and(|rest| rest.trim_end().strip_suffix(';') == Some(&*name))
        })
    };
    for parent in parents.into_iter().chain([folder.with_extension("rs")]) {
        if parent.is_file() && declares(&std::fs::read_to_string(&parent)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let told: Vec<String> = faults(&root())
            .unwrap()
            .into_iter()
            .map(|fault| format!("{}: {}", fault.at, fault.what))
            .collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
    }
}
