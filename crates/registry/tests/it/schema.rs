//! The JSON Schema that editors use.

use throughline_registry::json_schema;

use crate::crate_dir;

/// Set to write the schema anew: `THROUGHLINE_BLESS=1 cargo test -p throughline-registry`.
const BLESS: Option<&str> = option_env!("THROUGHLINE_BLESS");

#[test]
fn the_checked_in_schema_is_the_generated_one() {
    let path = crate_dir().join("schema/throughline.dev-v1.schema.json");
    let generated = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if BLESS.is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(generated == checked_in, "schema/ is out of date; THROUGHLINE_BLESS=1 cargo test writes it");
}

#[test]
fn conditions_may_hold_conditions() {
    let schema = json_schema();
    let condition = &schema["$defs"]["condition"]["properties"];
    assert_eq!(condition["not"]["$ref"], "#/$defs/condition");
    assert_eq!(condition["http.status"]["anyOf"][1]["type"], "array");
    assert_eq!(schema["$defs"]["action"]["properties"]["part"]["default"], false);
}
