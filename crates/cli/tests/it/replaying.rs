//! `replay` of files that are not what they should be, and what it prints: exit codes, stderr and the answer.

use std::process::Output;

use serde_json::Value;

use crate::process::{folder, run};

/// Replays a folder of files against the mail product; returns the exit code, stderr and the answer.
fn replayed(name: &str, files: &[(&str, &[u8])], arguments: &[&str]) -> (Option<i32>, String, Value) {
    let dir = folder(name);
    files.iter().for_each(|(name, bytes)| std::fs::write(dir.join(name), bytes).unwrap());
    let given = ["replay", "--registry", "examples/mail", "--output", "json", dir.to_str().unwrap()];
    let Output { status, stdout, stderr } = run(&[&given[..], arguments].concat());
    let text = String::from_utf8_lossy(&stderr).replace(&format!("{}/", dir.display()), "");
    (status.code(), text, serde_json::from_slice(&stdout).unwrap_or_default())
}

/// A line with one span; the number is part of its ids.
fn line(n: usize) -> String {
    let ids = format!("\"traceId\":\"{n:032x}\",\"spanId\":\"{n:016x}\"");
    let times = "\"startTimeUnixNano\":\"1795600000000000000\",\"endTimeUnixNano\":\"1795600000001000000\"";
    let span = format!("{{{ids},{times},\"name\":\"x\",\"kind\":2}}");
    format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}\n")
}

/// Returns the bytes in gzip, without its last eight: length and checksum.
fn cut_gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    [&head[..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
}

#[test]
fn what_is_whole_of_a_broken_file_is_counted_with_all_other_files_and_the_fault_is_told() {
    let check = |files: &[(&str, &[u8])], received: u64, says: &[&str]| {
        let (code, text, answer) = replayed("broken", files, &[]);
        assert_eq!(code, Some(4), "{text}");
        assert_eq!(answer["records"]["traces"]["received"].as_u64().unwrap_or(0), received, "{text}");
        assert!(text.lines().zip(says).all(|(line, says)| line.contains(says)), "{text}");
        assert_eq!(text.lines().count(), says.len(), "{text}");
    };
    let good = line(1);
    let cut = cut_gzip([line(2), line(3), line(4)[..50].to_owned()].concat().as_bytes());
    let named = "warning: cut.ndjson.gz` breaks off after line 2: ";
    let named = &named.replace("warning: ", "warning: `");
    let ended = "error: 1 file ended too early, and the answer lacks the rest";
    check(&[("good.json", good.as_bytes()), ("cut.ndjson.gz", &cut)], 3, &[named, ended]);
    check(&[("cut.ndjson.gz", &cut)], 2, &[named, ended]);
    let document = good.replace("[", "[\n");
    let half = &document.as_bytes()[..document.len() / 2];
    let malformed = "`half.json` is malformed: ";
    check(&[("good.json", good.as_bytes()), ("half.json", half)], 1, &[malformed, ended]);
    check(&[("half.json", half)], 0, &[&format!("error: {malformed}"), "hint: check that the file is whole"]);
}
