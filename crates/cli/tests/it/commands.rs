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

#[test]
fn the_schema_is_json() {
    assert!(json(&run(&["schema"]))["$schema"].is_string());
}
