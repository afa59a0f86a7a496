//! Paths of pages, in one place, so that no page links to one that does not exist. Segments are
//! percent-encoded.

use crate::view::word::{Method, Status};

/// The start page.
pub const TODAY: &str = "/";
/// Operations without a step.
pub const OPERATIONS: &str = "/operations";
/// Quality of the data.
pub const QUALITY: &str = "/quality";

/// Which question the impact matrix answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Of this service's errors, where do they land? Rows sum to 100 %.
    #[default]
    Service,
    /// Of this step's failures, which service? Columns may exceed 100 %.
    Step,
}

/// Which picture of the map is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    #[default]
    Steps,
    Slos,
    Table,
}

/// Encodes one path segment or query value.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// `/p/{product}/map`.
pub fn map(product: &str, layer: Layer) -> String {
    let query = match layer {
        Layer::Steps => "",
        Layer::Slos => "?layer=slos",
        Layer::Table => "?layer=table",
    };
    format!("/p/{}/map{query}", encode(product))
}

/// `/p/{product}/objectives/{objective}`.
pub fn objective(product: &str, objective: &str) -> String {
    format!("/p/{}/objectives/{}", encode(product), encode(objective))
}

/// `/p/{product}/steps/{step}`.
pub fn step(product: &str, step: &str) -> String {
    format!("/p/{}/steps/{}", encode(product), encode(step))
}

/// `/slos/{product}/{step}/{name}`, from the id `product/step/name`.
pub fn slo(slo_id: &str) -> String {
    let parts: Vec<String> = slo_id.split('/').map(encode).collect();
    format!("/slos/{}", parts.join("/"))
}

/// `/slos` with filters.
pub fn slos(product: Option<&str>, status: Option<Status>, method: Option<Method>) -> String {
    query(
        "/slos",
        &[
            ("product", product.map(str::to_owned)),
            ("status", status.map(|status| status.key().to_owned())),
            ("method", method.map(|method| method.word().to_owned())),
        ],
    )
}

/// `/impact` of a product; `None` stands for the default.
pub fn impact(product: &str, by: By, window_minutes: Option<u32>) -> String {
    let by = (by == By::Step).then(|| "step".to_owned());
    let window = window_minutes.map(|minutes| format!("{minutes}m"));
    query("/impact", &[("product", Some(product.to_owned())), ("by", by), ("window", window)])
}

/// `/impact` with the examples of one cell; `step` is `None` for requests without a step.
pub fn impact_cell(product: &str, by: By, window_minutes: u32, service: &str, step: Option<&str>) -> String {
    let by = (by == By::Step).then(|| "step".to_owned());
    query(
        "/impact",
        &[
            ("product", Some(product.to_owned())),
            ("by", by),
            ("window", Some(format!("{window_minutes}m"))),
            ("service", Some(service.to_owned())),
            ("step", step.map(str::to_owned)),
        ],
    ) + "#examples"
}

/// `/traces/{id}`.
pub fn trace(id: &str) -> String {
    format!("/traces/{}", encode(id))
}

/// `/operations` with the draft of one operation.
pub fn draft(service: &str, operation: &str) -> String {
    let pairs = [("service", Some(service.to_owned())), ("operation", Some(operation.to_owned()))];
    query(OPERATIONS, &pairs) + "#draft"
}

fn query(path: &str, pairs: &[(&str, Option<String>)]) -> String {
    let mut written = path.to_owned();
    let given = pairs.iter().filter_map(|(key, value)| value.as_ref().map(|value| (key, value)));
    for (index, (key, value)) in given.enumerate() {
        written.push(if index == 0 { '?' } else { '&' });
        written.push_str(&format!("{key}={}", encode(value)));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        assert_eq!(slo("mail/save-draft/available"), "/slos/mail/save-draft/available");
        assert_eq!(step("mail", "\"><img"), "/p/mail/steps/%22%3E%3Cimg");
        assert_eq!(slos(None, Some(Status::LowBudget), None), "/slos?status=low_budget");
        assert_eq!(slos(None, None, None), "/slos");
        assert_eq!(impact("mail", By::Step, Some(15)), "/impact?product=mail&by=step&window=15m");
        assert_eq!(draft("web", "POST /a b"), "/operations?service=web&operation=POST%20%2Fa%20b#draft");
    }
}
