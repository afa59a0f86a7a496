//! Style sheet, script and icon of the pages, part of the binary; names hold a hash of the content, so that
//! they can be cached for ever. It serves nothing; the router asks for an asset by its path.

use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

/// `Cache-Control` of every asset: a changed asset has another name.
pub const CACHE: &str = "public, max-age=31536000, immutable";

/// A file that a page needs.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    pub content_type: &'static str,
    pub body: &'static [u8],
}

struct Named {
    path: String,
    asset: Asset,
}

/// Where the pages find their files.
#[derive(Debug)]
pub struct Paths {
    pub style: String,
    pub script: String,
    pub icon: String,
}

static NAMED: LazyLock<[Named; 3]> = LazyLock::new(|| {
    [
        named("style", "css", "text/css; charset=utf-8", include_bytes!("../assets/style.css")),
        named("app", "js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
        named("icon", "svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
    ]
});

static PATHS: LazyLock<Paths> = LazyLock::new(|| {
    let [style, script, icon] = [0, 1, 2].map(|index: usize| NAMED[index].path.clone());
    Paths { style, script, icon }
});

fn named(stem: &str, extension: &str, content_type: &'static str, body: &'static [u8]) -> Named {
    let path = format!("/assets/{stem}.{:016x}.{extension}", xxh3_64(body));
    Named { path, asset: Asset { content_type, body } }
}

/// Returns the asset of a request path such as `/assets/style.<hash>.css`, `None` for any other.
pub fn asset(path: &str) -> Option<Asset> {
    NAMED.iter().find(|named| named.path == path).map(|named| named.asset)
}

/// Returns the paths that pages name.
pub fn paths() -> &'static Paths {
    &PATHS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_to_its_asset() {
        let paths = paths();
        for path in [&paths.style, &paths.script, &paths.icon] {
            assert!(asset(path).is_some_and(|asset| !asset.body.is_empty()), "{path}");
        }
        assert!(asset("/assets/style.css").is_none());
        assert!(asset("/assets/../Cargo.toml").is_none());
    }
}
