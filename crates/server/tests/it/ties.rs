//! What `check` calls a tie is one where attempts are judged: the example that it names is an attempt of no step.

use throughline_core::model::registry::IdBook;
use throughline_registry::{Code, Loaded, Source, load_sources};
use throughline_server::rehearsal;

fn load(actions: &[&str], operation: &str) -> Loaded {
    let mut text = String::from(
        "apiVersion: throughline.dev/v1\nkind: Product\nmetadata: {name: mail}\nspec:\n  steps:\n",
    );
    for (n, action) in actions.iter().enumerate() {
        text += &format!("    s{n}: {{actions: [{{service: a, operation: {action}}}]}}\n");
    }
    let span = format!("{{service: a, operation: \"{operation}\", attributes: {{k: v, l: w}}}}");
    text += &format!("  tests: [{{name: tie, span: {span}, expect: {{step: none}}}}]\n");
    load_sources(vec![Source::new("mail.yaml", text)], &mut IdBook::default())
}

fn check(one: &str, other: &str, operation: &str) {
    let is_attempt = |loaded: &Loaded| rehearsal::run(loaded)[0].fault.is_some();
    let both = load(&[one, other], operation);
    let told = both.diagnostics.iter().find(|found| found.code == Code::OverlappingRules).unwrap();
    assert!(told.message.contains(&format!("both claim `{operation}`")), "{told}");
    assert!(!is_attempt(&both), "{one} and {other} do not tie for {operation}");
    assert!(is_attempt(&load(&[one], operation)), "{one} does not take {operation}");
    assert!(is_attempt(&load(&[other], operation)), "{other} does not take {operation}");
}

#[test]
fn what_is_called_a_tie_is_an_attempt_of_no_step() {
    check("\"GET /a/{x}/c\"", "\"GET /a/{y}/{z}\"", "GET /a/x/c");
    check("\"GET /v{n}\"", "\"GET /{m}.json\"", "GET /vx.json");
    check("\"GET /a*\"", "\"GET /*b\"", "GET /axb");
    check("\"GET /*/c/*\"", "\"GET /*/d/*\"", "GET /x/c/x/d/x");
    check("find, where: {attribute: {k: v}}", "find, where: {attribute: {l: w}}", "find");
    check("find, where: {attribute: {k: v}}", "find, where: {attribute: {k: \"*\"}}", "find");
}
