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
    let ended = "error: 1 file could not be read to the end, and the answer lacks the rest";
    check(&[("good.json", good.as_bytes()), ("cut.ndjson.gz", &cut)], 3, &[named, ended]);
    check(&[("cut.ndjson.gz", &cut)], 2, &[named, ended]);
    let document = good.replace("[", "[\n");
    let half = &document.as_bytes()[..document.len() / 2];
    let malformed = "`half.json` is malformed: ";
    check(&[("good.json", good.as_bytes()), ("half.json", half)], 1, &[malformed, ended]);
    check(&[("half.json", half)], 0, &[&format!("error: {malformed}"), "hint: check that the file is whole"]);
}

#[test]
fn slos_are_listed_and_nobody_can_tell_where_no_span_was() {
    for text in ["[]", "{\"resourceSpans\":[]}"] {
        let (code, warning, answer) = replayed("empty", &[("a.json", text.as_bytes())], &[]);
        assert_eq!(code, Some(0), "{warning}");
        let slos = answer["slos"].as_array().unwrap();
        assert!(slos.len() > 5 && slos.iter().all(|slo| slo["verdict"] == "cannot tell"), "{slos:?}");
        assert!(
            slos.iter().any(|slo| slo["cause"] == "no data") && slos.iter().all(|slo| slo["sli"].is_null())
        );
    }
}

#[test]
fn a_window_and_baselines_beyond_the_files_are_told() {
    let check = |arguments: &[&str], says: &[&str]| {
        let (code, text, _) = replayed("beyond", &[("a.json", line(1).as_bytes())], arguments);
        assert_eq!((code, text.lines().count()), (Some(0), says.len()), "{text}");
        assert!(text.lines().zip(says).all(|(line, says)| line.contains(says)), "{text}");
    };
    let (before, inside) =
        ("2020-01-01T00:00:00Z..2020-01-02T00:00:00Z", "2026-11-25T00:00:00Z..2026-11-27T00:00:00Z");
    let told = format!("these files hold nothing of the baseline {before}; they reach from 2026-11-25T");
    check(&["--baseline", inside], &[]);
    check(&["--baseline", before], &[&told]);
    check(&["--baseline", &format!("{inside},{before}")], &[&told]);
    let later = "2027-01-01T00:00:00Z..2027-01-02T00:00:00Z";
    check(&["--window", later, "--baseline", before], &["nothing of the window", &told]);
}

#[test]
fn json_of_no_known_format_is_told_so() {
    let check = |text: &str, code: i32, says: &str| {
        let (ended, told, _) = replayed("unknown", &[("a.json", text.as_bytes())], &[]);
        assert!(ended == Some(code) && told.contains(says), "{text}: {told}");
    };
    check("{\"foo\":1,\"bar\":2}", 4, "cannot tell the format of `a.json`");
    check("{\"traces\":{\"resourceSpans\":[{\"traceId\":\"1\"}]},\"meta\":{}}", 4, "cannot tell the format");
    check("[{\"a\":1,\"b\":2}]", 4, "cannot tell the format");
    check("{\"schema\":1,\"resourceSpans\":[]}", 0, "these files hold no record");
}

#[test]
fn refused_rows_are_told_by_their_cause() {
    let check = |rows: &str, says: &[&str]| {
        let header = "trace,span,parent,service,start,end,duration\n1,1,,shop,1795600000000,,5\n";
        let mapping =
            "trace=trace,span=span,parent=parent,service=service,start=start:ms,duration=duration:ms";
        let text = format!("{header}{rows}");
        let (code, told, _) = replayed("causes", &[("a.csv", text.as_bytes())], &["--csv", mapping]);
        assert_eq!((code, told.lines().count()), (Some(0), says.len()), "{told}");
        assert!(told.lines().zip(says).all(|(line, says)| line.contains(says)), "{told}");
    };
    let hint = "hint: check the columns that `--csv` names, and the units of times";
    let (start, trace) = ("1,2,,s,noon,,5\n", "x,2,,s,1795600000000,,5\n");
    check(start, &["warning: 1 of a.csv refused, for example: a.csv: line 3: `start` is `noon`", hint]);
    let five = [start, start, trace, "1,x,,s,1,,5\n", "1,2,x,s,1,,5\n", "1,2,,s,1,,x\n"].concat();
    let mut says = vec![
        "warning: 6 of a.csv refused",
        "  2, for example: a.csv: line 3: `start` is `noon`",
        "  1, for example: a.csv: line 5: `trace` is `x`",
        "  1, for example: a.csv: line 6: `span` is `x`",
        "  1, for example: a.csv: line 7: `parent` is `x`",
        "  1, for example: a.csv: line 8: `duration` is `x`",
        hint,
    ];
    check(&five, &says);
    says[0] = "warning: 7 of a.csv refused";
    says.insert(6, "  1 for other causes");
    check(&format!("{five}\"never\n"), &says);
}

#[test]
fn shares_are_rounded_towards_worse_as_on_pages() {
    let header = "trace,span,service,name,kind,start,duration,status\n";
    let row = |n: usize| {
        let status = if n == 1 { 503 } else { 204 };
        format!("{n:x},{n:x},drafts,PUT /api/drafts/x,server,{},5,{status}\n", 1_795_600_000_000 + n * 10)
    };
    let dir = folder("rounding");
    let registry = "apiVersion: throughline.dev/v1\nkind: Product\nmetadata: {name: p, displayName: P}\nspec:\n  \
        stakeholders: [{id: a, role: product, name: A}, {id: b, role: sre, name: B}]\n  steps:\n    s:\n      name: S\n      \
        class: core\n      actions: [{service: drafts, operation: \"PUT /api/drafts/x\"}]\n      success: {all: [{status: ok}]}\n      \
        failure: {any: [{http.status: \">=500\"}]}\n      slos: [{name: a, method: service, target: 99%, window: 28d}]\n";
    std::fs::create_dir_all(dir.join("registry")).unwrap();
    std::fs::write(dir.join("registry/p.yaml"), registry).unwrap();
    let rows: String = (1..=20_000).map(row).collect();
    std::fs::write(dir.join("a.csv"), format!("{header}{rows}")).unwrap();
    let (registry, file) = (dir.join("registry"), dir.join("a.csv"));
    let mapping = "trace=trace,span=span,service=service,name=name,kind=kind,start=start:ms,duration=duration:ms,\
                   http.response.status_code=status";
    let given =
        ["replay", "--registry", registry.to_str().unwrap(), file.to_str().unwrap(), "--csv", mapping];
    let output = run(&given);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("99.99 %") && !text.contains("100.0"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
