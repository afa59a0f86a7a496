//! The document that describes the JSON API: the one that is checked in is the one that the types give.

use std::path::PathBuf;

/// Set to write the document anew: `cargo xtask gen`.
const BLESS: Option<&str> = option_env!("THROUGHLINE_BLESS");

#[test]
fn the_checked_in_document_is_the_generated_one() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("openapi/throughline-v1.json");
    let generated = format!("{:#}\n", throughline_server::api::openapi());
    if BLESS.is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        generated == checked_in,
        "openapi/throughline-v1.json is out of date; `cargo xtask gen` writes it"
    );
}

#[test]
fn every_reference_leads_to_a_schema() {
    let document = throughline_server::api::openapi();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}
