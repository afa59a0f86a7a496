//! Exit codes and output of the commands that end by themselves.

use serde_json::Value;

use crate::process::{folder, root, run};

fn json(output: &std::process::Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn check_says_yes_to_the_examples_and_no_to_a_mistake() {
    for example in ["examples/mail", "examples/boutique"] {
        let output = run(&["check", example, "--strict"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let dir = folder("check");
    let text = std::fs::read_to_string(root().join("examples/mail/mail.yaml")).unwrap();
    std::fs::write(dir.join("mail.yaml"), text.replacen("displayName:", "displayname:", 1)).unwrap();
    let output = run(&["check", dir.to_str().unwrap(), "--output", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let answer = json(&output);
    assert_eq!(answer["diagnostics"][0]["code"], "unknown-key");
    assert!(answer["diagnostics"][0]["hint"].as_str().unwrap().contains("displayName"));
}

#[test]
fn check_of_a_folder_without_a_product_is_no() {
    let dir = folder("without-product");
    let check = |hint: &str| {
        let output = run(&["check", dir.to_str().unwrap(), "--output", "json"]);
        let answer = json(&output);
        assert_eq!((output.status.code(), &answer["ok"]), (Some(1), &Value::Bool(false)));
        let last = answer["diagnostics"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["code"], &last["severity"]), (&"no-product".into(), &"error".into()));
        assert_eq!(last["file"], dir.to_str().unwrap());
        assert!(last.get("line").is_none() && last["hint"].as_str().unwrap().contains(hint), "{last}");
    };
    check("name the registry's own folder");
    std::fs::write(dir.join("slo.yaml"), "apiVersion: openslo/v1\nkind: SLO\n").unwrap();
    check("is it the registry's own folder?");
}

const TESTED: &str = "apiVersion: throughline.dev/v1
kind: Product
metadata: {name: shop}
spec:
  steps:
    pay:
      actions: [{service: web, operation: POST /pay}]
      tests:
        - name: paid
          span: {service: web, operation: POST /pay}
          expect: {outcome: bad}
        - name: nothing
          span: {service: web, operation: GET /pay}
          expect: {step: pay}
        - name: none
          span: {service: web, operation: POST /pay}
          expect: {step: none}
";

#[test]
fn a_failed_rule_test_is_a_diagnostic_like_all() {
    let dir = folder("rule-test");
    std::fs::write(dir.join("shop.yaml"), TESTED).unwrap();
    let output = run(&["check", dir.to_str().unwrap(), "--output", "json"]);
    let answer = json(&output);
    assert_eq!((output.status.code(), &answer["ok"]), (Some(1), &Value::Bool(false)));
    let failed = answer["diagnostics"].as_array().unwrap().iter().filter(|d| d["code"] == "rule-test");
    let check = |found: &Value, line: u32, excerpt: &str, message: &str, hint: &str| {
        assert_eq!(
            (&found["line"], &found["column"], &found["severity"]),
            (&line.into(), &17.into(), &"error".into())
        );
        assert_eq!((found["excerpt"].as_str(), found["message"].as_str()), (Some(excerpt), Some(message)));
        assert!(found["hint"].as_str().unwrap().contains(hint), "{found}");
    };
    let failed: Vec<_> = failed.collect();
    assert_eq!(failed.len(), 3);
    let outcome = "`paid`: expected the outcome `bad`, got `good`";
    check(
        failed[0],
        9,
        "        - name: paid",
        outcome,
        "correct `success`, `failure` or `exclude` of `pay`",
    );
    let step = "`nothing`: expected an attempt of step `pay`, got `none`";
    check(failed[1], 12, "        - name: nothing", step, "no action of `pay` takes `GET /pay` of `web`");
    let none = "`none`: expected an attempt of step `none`, got `pay`";
    check(failed[2], 15, "        - name: none", none, "an action of `pay` takes `POST /pay` of `web`");
    let table = run(&["check", dir.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        text.contains(&format!("error[rule-test]: {outcome}\n")) && text.contains("shop.yaml:9:17\n"),
        "{text}"
    );
    assert!(text.contains("  9 |         - name: paid\n    |                 ^^^^\n  hint:"), "{text}");
    assert!(text.contains("3 errors"), "{text}");
}

#[test]
fn print_is_canonical() {
    let once = run(&["check", "examples/mail", "--print"]);
    let dir = folder("print");
    std::fs::write(dir.join("mail.yaml"), &once.stdout).unwrap();
    let twice = run(&["check", dir.to_str().unwrap(), "--print"]);
    assert_eq!(String::from_utf8_lossy(&once.stdout), String::from_utf8_lossy(&twice.stdout));
}

#[test]
fn failures_have_their_exit_codes_and_a_hint() {
    let check = |arguments: &[&str], code: i32, says: &str| {
        let output = run(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
    };
    check(&["check", "no/such/folder"], 4, "hint:");
    check(&["replay", "--registry", "examples/mail", "no-such-file.json"], 4, "no-such-file.json");
    check(&["replay"], 2, "Usage");
    check(&["replay", "--registry", "examples/mail", "--window", "yesterday", "x"], 2, "FROM..TO");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check(&["serve", "examples/mail", "--listen", &address], 4, "another process listens there");
}

const HEADER: &str = "trace,span,parent,service,name,start,duration\n";
const COLUMNS: &str = "trace=trace,span=span,parent=parent,service=service,name=name";

/// Replays one CSV file; returns the exit code and stderr.
fn replayed(name: &str, rows: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let path = folder(name).join("a.csv");
    std::fs::write(&path, format!("{HEADER}{rows}")).unwrap();
    let given = ["replay", "--registry", "examples/mail", path.to_str().unwrap()];
    let output = run(&[&given[..], arguments].concat());
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn replay_says_what_is_wrong_with_columns_and_times() {
    let check = |arguments: &[&str], says: &str, hint: &str| {
        let (code, text) = replayed("usage", "", arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        assert!(text.contains(says) && text.contains(hint), "{arguments:?}: {text}");
    };
    let example = "hint: such as --csv trace=TraceID,span=";
    check(&["--csv", ""], "`--csv` cannot be used: no column is given for `trace`, `span`, `start`", example);
    check(&["--csv", "start=start:hours"], "`hours` is no unit of time: s, ms, us, ns", example);
    let columns = format!("{COLUMNS},start=start:ms");
    check(
        &["--csv", &columns, "--csv-service", "("],
        "`--csv-service` cannot be used: `(` is not a regular",
        "",
    );
    let window = |window, says| check(&["--window", window], says, "");
    window(
        "2025-11-25T10:00:00..",
        "`2025-11-25T10:00:00` needs a zone, such as `Z` in `2025-11-25T10:00:00Z`",
    );
    window("2025-11-25..2025-11-26", "`2025-11-25` needs a zone, such as `Z` in `2025-11-25T00:00:00Z`");
    window("2025-11-25T10:00:00Z..", "`FROM..TO` needs both ends");
    window("noon..2025-11-25T10:00:00Z", "`noon` is no time such as 2026-11-20T10:00:00Z");
    let (code, text) = replayed("unmapped", "", &[]);
    assert!(code == Some(4) && text.contains("hint: name them: --csv trace=TraceID,span="), "{text}");
}

#[test]
fn replay_fails_where_every_record_was_refused_and_warns_where_that_is_doubtful_or_nothing() {
    let check = |rows: &str, unit: &str, code: i32, says: &[&str]| {
        let columns = format!("{COLUMNS},start=start:{unit},duration=duration:ms");
        let (ended, text) = replayed("refused", rows, &["--csv", &columns, "--csv-root", "a,b"]);
        assert_eq!(ended, Some(code), "{text}");
        assert_eq!(text.lines().count(), says.len(), "{text}");
        assert!(text.lines().zip(says).all(|(line, says)| line.contains(says)), "{text}");
    };
    let (good, bad) = ("1,1,\"a,b\",shop,x,1795600000000,5\n", "1,2,1,shop,x,noon,5\n");
    let hint = "hint: check the columns that `--csv` names, and the units of times";
    check(good, "ms", 0, &[]);
    check(&[good, bad].concat(), "ms", 0, &["warning: 1 of ", hint]);
    let all = "a.csv: line 2: `start` is `noon`, no number of ms";
    check(&[bad, bad].concat(), "ms", 4, &["error: all 2 records were refused, the first: ", hint]);
    check(bad, "ms", 4, &[all, hint]);
    check(good, "ns", 0, &["lie in 1970: is `:ns` the unit of `start`? as `:ms` they would lie in 2026"]);
    check("", "ms", 0, &["warning: these files hold no record"]);
}

#[test]
fn replay_says_that_its_registry_defines_no_product() {
    let (registry, files) = (folder("replay-empty"), folder("replay-files"));
    let path = files.join("a.csv");
    std::fs::write(&path, format!("{HEADER}1,1,,shop,x,1795600000000,5\n")).unwrap();
    let columns = format!("{COLUMNS},start=start:ms,duration=duration:ms");
    let registry = registry.to_str().unwrap();
    let output = run(&["replay", "--registry", registry, path.to_str().unwrap(), "--csv", &columns]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("defines no product, so no span can be an attempt"), "{text}");
}

#[test]
fn the_schema_is_json() {
    assert!(json(&run(&["schema"]))["$schema"].is_string());
}
