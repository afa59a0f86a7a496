//! `serve`: telemetry in, answers out, edits of the registry while it runs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::process::{Running, folder, root, run, wait_for};

const REGISTRY: &str = "
apiVersion: throughline.dev/v1
kind: Product
metadata: {name: shop, displayName: Shop}
spec:
  steps:
    pay:
      name: Pay
      actions: [{service: web, operation: \"POST /pay\"}]
      slos: [{name: available, method: service, target: 99%}]
  objectives:
    buy: {name: Buy, criticality: important, flow: [pay]}
";

fn now_ns() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

fn span(id: u32, status: u16) -> String {
    let start = now_ns();
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"web"}}}}]}},
        "scopeSpans":[{{"spans":[{{"traceId":"{id:032x}","spanId":"{id:016x}","name":"POST /pay","kind":2,
        "startTimeUnixNano":"{start}","endTimeUnixNano":"{}","attributes":[
        {{"key":"http.response.status_code","value":{{"intValue":"{status}"}}}}]}}]}}]}}]}}"#,
        start + 5_000_000
    )
}

#[test]
fn one_span_becomes_an_attempt_and_every_record_is_accounted_for() {
    let dir = folder("serve");
    std::fs::write(dir.join("shop.yaml"), REGISTRY).unwrap();
    let server = Running::start(&["serve", dir.to_str().unwrap()]);
    assert_eq!(server.get("/healthz").0, 200);
    let body = span(1, 500);
    assert_eq!(server.send("application/json", body.as_bytes()), (200, "{}".to_owned()));
    assert_eq!(server.send("application/json", body.as_bytes()).0, 200, "a retry is acknowledged");
    let (status, message) = server.send("application/json", b"{\"resourceSpans\":[{]}");
    assert_eq!(status, 400);
    assert!(message.contains("malformed JSON"), "{message}");
    let records =
        |state: &str| server.metric(&format!("throughline_records{{signal=\"traces\",state=\"{state}\"}}"));
    assert_eq!((records("received"), records("counted"), records("duplicate")), (2, 1, 1));
    wait_for("the first look", Duration::from_secs(15), || server.get("/readyz").0 == 200);
    let slos = server.api("/slos");
    assert_eq!(slos["total"], 1);
    assert!(!slos.to_string().contains("NaN"));
    assert_eq!(server.get("/p/shop/map").0, 200);
    assert_eq!(server.get("/p/shop/steps/fly").0, 404);
}

#[test]
fn explain_answers_for_a_kept_trace_and_tells_what_is_kept_instead_of_another() {
    let dir = folder("explain");
    std::fs::write(dir.join("shop.yaml"), REGISTRY).unwrap();
    let server = Running::start(&["serve", dir.to_str().unwrap()]);
    assert_eq!(server.send("application/json", span(1, 500).as_bytes()).0, 200);
    wait_for("the first look", Duration::from_secs(15), || server.get("/readyz").0 == 200);
    let explain = |id: u32| {
        let told = run(&["explain", &format!("{id:032x}"), "--server", &format!("http://{}", server.ui)]);
        (told.status.code(), String::from_utf8(told.stdout).unwrap())
    };
    let (code, kept) = explain(1);
    assert!(code == Some(0) && kept.contains("One attempt at Pay, and it is bad"), "{code:?} {kept}");
    let (code, not_kept) = explain(2);
    assert!(code == Some(1) && not_kept.contains("is not kept"), "{code:?} {not_kept}");
}

#[test]
fn an_invalid_edit_keeps_the_last_good_registry_and_says_so() {
    let dir = folder("reload");
    let file = dir.join("shop.yaml");
    std::fs::write(&file, REGISTRY).unwrap();
    let server = Running::start(&["serve", dir.to_str().unwrap()]);
    std::fs::write(&file, REGISTRY.replace("flow: [pay]", "flow: [pai]")).unwrap();
    let refused = || server.metric("throughline_registry_info{refused=\"true\"}") == 1;
    wait_for("the edit to be refused", Duration::from_secs(10), refused);
    let (_, page) = server.get("/");
    assert!(page.contains("unknown-reference"), "every page names the mistake");
    assert!(page.contains("Shop"), "the last good version is shown");
    std::fs::write(&file, REGISTRY.replace("name: Pay", "name: Pay now")).unwrap();
    wait_for("the edit to be taken", Duration::from_secs(10), || server.get("/slos").1.contains("Pay now"));
    assert_eq!(server.metric("throughline_registry_info{refused=\"true\"}"), 0);
}

#[test]
fn an_edit_that_leaves_no_product_keeps_the_last_good_registry_and_says_so() {
    let dir = folder("emptied");
    let file = dir.join("shop.yaml");
    std::fs::write(&file, REGISTRY).unwrap();
    let server = Running::start(&["serve", dir.to_str().unwrap()]);
    let refused = || server.metric("throughline_registry_info{refused=\"true\"}") == 1;
    let check = |what: &str, why: &str| {
        wait_for(what, Duration::from_secs(10), refused);
        let (status, page) = server.get("/p/shop/map");
        assert!(status == 200 && page.contains("Registry edit refused"), "{what}: {status}");
        assert!(page.contains("no-product") && page.contains(why), "{what}: {page}");
        std::fs::write(&file, REGISTRY).unwrap();
        wait_for("the registry to be taken again", Duration::from_secs(10), || !refused());
    };
    std::fs::write(&file, "").unwrap();
    check("the truncated file to be refused", "this file holds no document");
    std::fs::remove_file(&file).unwrap();
    check("the missing file to be refused", "name ends in");
    std::fs::write(&file, "apiVersion: openslo/v1\nkind: SLO\n").unwrap();
    check("the foreign file to be refused", "this is an OpenSLO SLO");
}

#[test]
fn without_a_registry_the_pages_say_where_it_was_looked_for() {
    let dir = folder("none");
    let server = Running::start(&["serve", dir.to_str().unwrap()]);
    let (status, page) = server.get("/");
    assert_eq!(status, 200);
    assert!(page.contains(dir.to_str().unwrap()));
    assert_eq!(server.get("/readyz").0, 503);
    assert!(page.contains("No registry yet") && !page.contains("edit refused"), "{page}");
    std::fs::copy(root().join("examples/mail/mail.yaml"), dir.join("mail.yaml")).unwrap();
    wait_for("the registry", Duration::from_secs(10), || server.get("/").1.contains("Compose mail"));
}
