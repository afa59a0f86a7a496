//! Where the data sets and cases that are not ours lie, and the visible line when they are not there.

use std::path::PathBuf;

/// Returns the path of a set below `../shared`, or prints a skip line.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if root.exists() {
        return Some(root);
    }
    println!("skipped: data set {path} not found at ../shared");
    None
}
