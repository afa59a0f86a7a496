//! Which crate may use which: the table behind the invariants of `ARCHITECTURE.md`. A new edge is a line here that
//! somebody reviews.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::cargo;
use crate::tidy::Fault;

/// What each crate of ours may use of ours. Dev-dependencies are free, except in core.
const EDGES: &[(&str, &[&str])] = &[
    ("throughline-core", &[]),
    ("throughline-registry", &["throughline-core"]),
    ("throughline-wire", &["throughline-core"]),
    ("throughline-sim", &[]),
    ("throughline-server", &["throughline-core", "throughline-registry", "throughline-wire"]),
    (
        "throughline",
        &[
            "throughline-core",
            "throughline-registry",
            "throughline-server",
            "throughline-sim",
            "throughline-wire",
        ],
    ),
    ("xtask", &[]),
];

/// What only some crates may name, outside tests.
const OWNED: &[(&str, &[&str])] = &[
    ("saphyr-parser", &["throughline-registry"]),
    ("simd-json", &["throughline-wire"]),
    ("flate2", &["throughline-wire"]),
    ("liblzma", &["throughline-wire"]),
    ("zstd", &["throughline-wire"]),
    ("prost", &[]),
    ("opentelemetry-proto", &[]),
    ("axum", &["throughline-server"]),
    ("hyper", &["throughline-server"]),
    ("hyper-util", &["throughline-server"]),
    ("maud", &["throughline-server"]),
    ("schemars", &["throughline-server"]),
    ("tokio", &["throughline-server", "throughline"]),
    ("clap", &["throughline"]),
    ("indicatif", &["throughline"]),
    ("mimalloc", &["throughline"]),
    ("anyhow", &["xtask"]),
];

/// What core may use at all: it does no I/O, reads no clock and knows no format.
const CORE: &[&str] = &["hashbrown", "proptest", "regex-automata", "smallvec", "xxhash-rust"];

/// Crates that we name and that are compiled in two versions nevertheless, with the reason.
const TWICE: &[(&str, &str)] = &[("hashbrown", "indexmap and others are a version behind; both are small")];

/// Reads what cargo knows of the workspace.
pub(super) fn metadata() -> Result<Value> {
    let mut command = cargo(&["metadata", "--format-version", "1", "--locked"]);
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", output.status);
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

struct Dependency {
    name: String,
    is_dev: bool,
    is_ours: bool,
}

/// Returns what is wrong with the manifests.
pub(super) fn faults(metadata: &Value) -> Vec<Fault> {
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let (ours, foreign): (Vec<&Value>, Vec<&Value>) = packages.iter().partition(|p| p["source"].is_null());
    let mut named = BTreeSet::new();
    let mut faults = Vec::new();
    for package in ours {
        let name = text(package, "name");
        let mut fault = |what: String| faults.push(Fault { at: format!("crate {name}"), what });
        if text(package, "description").is_empty() {
            fault("has no `description`: say what it is and what it must not do".to_owned());
        }
        let dependencies = dependencies(package);
        named.extend(dependencies.iter().filter(|d| !d.is_ours).map(|d| d.name.clone()));
        broken_edges(name, &dependencies).into_iter().for_each(&mut fault);
    }
    faults.extend(twice(&foreign, &named));
    faults
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn dependencies(package: &Value) -> Vec<Dependency> {
    let all = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
    let one = |value: &Value| Dependency {
        name: text(value, "name").to_owned(),
        is_dev: text(value, "kind") == "dev",
        is_ours: value["source"].is_null(),
    };
    all.iter().map(one).collect()
}

fn broken_edges(name: &str, dependencies: &[Dependency]) -> Vec<String> {
    let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
        return vec!["stands in no line of the table in xtask/src/tidy/edges.rs".to_owned()];
    };
    let is_core = name == "throughline-core";
    let counted = dependencies.iter().filter(|d| is_core || !d.is_dev);
    let broken = |Dependency { name: used, is_ours, .. }: &Dependency| {
        let is_allowed = match is_ours {
            true => allowed.contains(&used.as_str()),
            false if is_core => CORE.contains(&used.as_str()),
            false => {
                OWNED.iter().find(|(owned, _)| owned == used).is_none_or(|(_, owners)| owners.contains(&name))
            }
        };
        (!is_allowed).then(|| format!("must not use `{used}`"))
    };
    counted.filter_map(broken).collect()
}

/// Returns foreign crates that we name and that are compiled more than once.
fn twice(foreign: &[&Value], named: &BTreeSet<String>) -> Vec<Fault> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in foreign {
        versions.entry(text(package, "name")).or_default().insert(text(package, "version"));
    }
    let is_fault = |(name, versions): &(&str, BTreeSet<&str>)| {
        versions.len() > 1 && named.contains(*name) && !TWICE.iter().any(|(known, _)| known == name)
    };
    let fault = |(name, versions): (&str, BTreeSet<&str>)| {
        let versions = versions.into_iter().collect::<Vec<_>>().join(" and ");
        Fault { at: "Cargo.lock".to_owned(), what: format!("`{name}` is there as {versions}") }
    };
    versions.into_iter().filter(is_fault).map(fault).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(name: &str, dependencies: Value) -> Vec<String> {
        let package = json!({"name": name, "description": "x", "source": null, "dependencies": dependencies});
        faults(&json!({"packages": [package]})).into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn an_edge_that_is_not_in_the_table_is_told() {
        let ours = |name: &str, kind: Value| json!([{"name": name, "source": null, "kind": kind}]);
        assert_eq!(told("throughline-wire", ours("throughline-core", json!(null))), [""; 0]);
        assert_eq!(told("throughline-wire", ours("throughline-server", json!("dev"))), [""; 0]);
        assert_eq!(
            told("throughline-core", ours("throughline-sim", json!("dev"))),
            ["must not use `throughline-sim`"]
        );
        assert_eq!(told("throughline-wire", ours("throughline-server", json!(null))).len(), 1);
    }

    #[test]
    fn foreign_crates_have_owners() {
        let foreign = |name: &str| json!([{"name": name, "source": "registry", "kind": null}]);
        assert_eq!(told("throughline-server", foreign("maud")), [""; 0]);
        assert_eq!(told("throughline", foreign("maud")), ["must not use `maud`"]);
        assert_eq!(told("throughline-core", foreign("serde")), ["must not use `serde`"]);
        assert_eq!(told("somebody-new", json!([])).len(), 1);
    }

    #[test]
    fn two_versions_of_what_we_name_are_told() {
        let ours = json!({"name": "xtask", "description": "x", "source": null,
            "dependencies": [{"name": "serde", "source": "registry", "kind": null}]});
        let version =
            |v: &str| json!({"name": "serde", "version": v, "source": "registry", "dependencies": []});
        let faults = faults(&json!({"packages": [ours, version("1.0.0"), version("2.0.0")]}));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].what, "`serde` is there as 1.0.0 and 2.0.0");
    }
}
