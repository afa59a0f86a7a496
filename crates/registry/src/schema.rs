//! The JSON Schema of registry documents, for editors, made from the field tables. It checks nothing itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::TABLES;
use crate::table::{Format, Kind, Need, Object};

/// Returns the JSON Schema (draft 2020-12) of this version's documents.
pub fn json_schema() -> Value {
    let mut definitions = Definitions::default();
    let kinds: Vec<_> = TABLES.iter().map(|(_, object)| definitions.reference(object)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://throughline.dev/schema/v1.json",
        "title": "Throughline registry",
        "description": "Products, their objectives, steps and SLOs.",
        "oneOf": kinds,
        "$defs": definitions.done,
    })
}

/// The objects described so far; one that is begun has its name already, so that conditions may hold conditions.
#[derive(Default)]
struct Definitions {
    done: BTreeMap<String, Value>,
}

impl Definitions {
    fn reference(&mut self, object: &'static Object) -> Value {
        let name = definition_name(object.name);
        if !self.done.contains_key(&name) {
            self.done.insert(name.clone(), Value::Null);
            let described = self.describe(object);
            self.done.insert(name.clone(), described);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn describe(&mut self, object: &'static Object) -> Value {
        let mut properties = Map::new();
        for field in object.fields {
            let mut property = self.kind(&field.kind);
            property["description"] = json!(field.doc);
            if let Need::Default(default) = field.need {
                property["default"] = default_value(&field.kind, default);
            }
            properties.insert(field.name.to_owned(), property);
        }
        let required = object.fields.iter().filter(|field| field.need == Need::Required);
        let required: Vec<_> = required.map(|field| field.name).collect();
        json!({
            "type": "object",
            "description": object.doc,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    fn kind(&mut self, kind: &'static Kind) -> Value {
        match kind {
            Kind::Text => json!({ "type": ["string", "number", "boolean"] }),
            Kind::Id => json!({ "type": "string", "pattern": ID_PATTERN, "maxLength": 63 }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::Integer => json!({ "type": "integer" }),
            Kind::Word(words) => json!({ "type": "string", "enum": words }),
            Kind::Written(format) => {
                let types = if numbers_too(format) { json!(["string", "integer"]) } else { json!("string") };
                json!({ "type": types, "pattern": format.pattern, "examples": [format.example.trim_matches(['`', '"'])] })
            }
            Kind::List(item) => json!({ "type": "array", "items": self.kind(item) }),
            Kind::OneOrMany(item) => {
                let item = self.kind(item);
                json!({ "anyOf": [item.clone(), { "type": "array", "items": item }] })
            }
            Kind::Map(value) => json!({ "type": "object", "additionalProperties": self.kind(value) }),
            Kind::Named(value) => {
                let value = self.kind(value);
                json!({ "type": "object", "propertyNames": { "pattern": ID_PATTERN, "maxLength": 63 }, "additionalProperties": value })
            }
            Kind::Object(object) => self.reference(object),
            Kind::ScalarOr(scalar, object) => {
                json!({ "anyOf": [self.kind(scalar), self.reference(object)] })
            }
        }
    }
}

/// Returns whether a bare number follows the grammar, as in `http.status: 404`.
fn numbers_too(format: &Format) -> bool {
    ["404", "14"].into_iter().any(|number| (format.check)(number).is_ok()) && format.pattern != ".+"
}

const ID_PATTERN: &str = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$";

fn default_value(kind: &Kind, default: &str) -> Value {
    match kind {
        Kind::Bool => json!(default == "true"),
        Kind::Integer => default.parse::<i64>().map_or(Value::Null, |number| json!(number)),
        _ => json!(default),
    }
}

/// Makes `the `spec` of a product` to `spec-of-a-product`.
fn definition_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.skip_while(|word| matches!(*word, "a" | "an" | "the" | "what"));
    words.collect::<Vec<_>>().join("-")
}
