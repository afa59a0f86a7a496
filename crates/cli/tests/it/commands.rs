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
fn the_schema_is_json() {
    assert!(json(&run(&["schema"]))["$schema"].is_string());
}
