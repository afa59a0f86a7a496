//! Core's baggage parser against the vectors of W3C; they are JSON, which core does not read.

use throughline_core::annotate::baggage::members;

use crate::data::set;

#[test]
fn the_vectors_of_w3c_are_read() {
    let Some(folder) = set("w3c-baggage") else { return };
    let vectors: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("vectors.json")).unwrap()).unwrap();
    let vectors = vectors.as_array().unwrap().iter().filter(|vector| vector.get("header").is_some());
    let mut n = 0;
    for vector in vectors {
        let text = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap().to_owned();
        let expected: Vec<_> = vector["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| (text(e, "key"), text(e, "value")))
            .collect();
        let header = text(vector, "header");
        let found: Vec<_> = members(&header).map(|m| (m.key.to_owned(), m.value.into_owned())).collect();
        assert_eq!(found, expected, "{header:?}");
        n += 1;
    }
    assert_eq!(n, 9);
}
