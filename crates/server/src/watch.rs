//! Watches the registry's folder: a changed folder is loaded whole, and a version with errors is refused while
//! the last good one stays. It polls, since editors, mounts and containers notify in too many ways.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use throughline_core::model::registry::IdBook;
use throughline_registry::{Loaded, load_dir};

/// A folder of registry documents and what was last seen in it.
#[derive(Debug)]
pub struct Watch {
    dir: PathBuf,
    seen: Vec<(PathBuf, u64, Option<SystemTime>)>,
    book: IdBook,
}

impl Watch {
    /// Makes a watch that has seen nothing: the first look loads.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, seen: Vec::new(), book: IdBook::default() }
    }

    /// Returns the folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Loads the folder if a file came, went or changed since the last look.
    pub fn look(&mut self) -> Option<Loaded> {
        let mut now = Vec::new();
        list(&self.dir, 0, &mut now);
        now.sort();
        if now == self.seen {
            return None;
        }
        self.seen = now;
        Some(self.load())
    }

    /// Loads the folder; ids keep their meaning from one load to the next.
    pub fn load(&mut self) -> Loaded {
        load_dir(&self.dir, &mut self.book)
    }
}

/// Folders below folders that are looked into.
const DEPTH_MAX: usize = 16;

fn list(dir: &Path, depth: usize, found: &mut Vec<(PathBuf, u64, Option<SystemTime>)>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        let is = |name: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(name));
        let yaml = is("yaml") || is("yml");
        if metadata.is_dir() && depth < DEPTH_MAX {
            list(&path, depth + 1, found);
        } else if yaml {
            found.push((path, metadata.len(), metadata.modified().ok()));
        }
    }
}
