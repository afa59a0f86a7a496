//! What one source file must keep to: its head, its length, its notes.

/// Lines of a file without its inline tests.
const SOURCE_LINES_MAX: usize = 600;
/// Lines of tests inside a source file.
const INLINE_TEST_LINES_MAX: usize = 150;

/// Returns what is wrong with a file's text.
pub(super) fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push("does not open with `//!`: say in one sentence what it is for".to_owned());
    }
    let (source, tests) = lengths(text);
    if source > SOURCE_LINES_MAX {
        faults.push(format!(
            "has {source} lines of source, more than {SOURCE_LINES_MAX}: split it by control flow"
        ));
    }
    if tests > INLINE_TEST_LINES_MAX {
        faults.push(format!(
            "has {tests} lines of inline tests, more than {INLINE_TEST_LINES_MAX}: move them out"
        ));
    }
    for (number, line) in text.lines().enumerate() {
        if is_note_without_issue(line) {
            faults.push(format!("line {}: a note to do something names no issue (`#12`)", number + 1));
        }
    }
    faults
}

/// Returns the lines of source and of inline test modules.
fn lengths(text: &str) -> (usize, usize) {
    let (mut source, mut tests) = (0, 0);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let opens = |next: &&str| next.starts_with("mod ") && next.ends_with('{');
        if line != "#[cfg(test)]" || !lines.peek().is_some_and(opens) {
            source += 1;
            continue;
        }
        tests += 1;
        for line in lines.by_ref() {
            tests += 1;
            if line == "}" {
                break;
            }
        }
    }
    (source, tests)
}

fn is_note_without_issue(line: &str) -> bool {
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut comments = line.split("//").skip(1);
    comments.any(|comment| {
        let names_issue =
            comment.split('#').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        notes.iter().any(|note| comment.contains(note)) && !names_issue
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_tests_are_counted_apart() {
        let text = "//! Head.\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\nfn h() {}\n";
        assert_eq!(lengths(text), (4, 4));
        assert_eq!(lengths("//! Head.\n#[cfg(test)]\nmod tests;\n"), (3, 0));
    }

    #[test]
    fn limits_are_kept_to_the_line() {
        let of = |lines: usize| faults(&"//! Head.\n".repeat(lines));
        assert_eq!((of(600).len(), of(601).len()), (0, 1));
        let tests =
            |lines: usize| format!("//! Head.\n#[cfg(test)]\nmod t {{\n{}}}\n", "    //\n".repeat(lines - 3));
        assert_eq!((faults(&tests(150)).len(), faults(&tests(151)).len()), (0, 1));
    }

    #[test]
    fn a_note_names_its_issue() {
        let note = concat!("// TO", "DO");
        assert!(is_note_without_issue(&format!("{note}: later")));
        assert!(!is_note_without_issue(&format!("{note}(#12): later")));
        assert!(!is_note_without_issue(&format!("let text = \"{}\";", &note[3..])));
        assert_eq!(faults("fn f() {}\n").len(), 1);
    }
}
