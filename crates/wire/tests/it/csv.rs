//! Span CSV: what becomes of its rows, and what is said of mappings, headers and cells that cannot be what they are
//! taken for.

use std::io::Cursor;

use throughline_wire::csv::Mapping;
use throughline_wire::file::{FileError, Format, SpanFile};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::Notes;

use crate::owned::{Collect, Owned, Span, table};

const COLUMNS: &str =
    "trace=Trace,span=Span,parent=Parent,service=Pod,name=Name,start=Start:ms,duration=Micros:us";
const HEADER: &str = "Trace,Span,Parent,Pod,Name,Start,Micros\n";

/// What came out of a file.
#[derive(Debug)]
struct Read {
    spans: Vec<Span>,
    refused: Vec<String>,
    doubts: Vec<String>,
    notes: Notes,
}

fn mapping(columns: &str) -> Mapping {
    Mapping::parse(columns).unwrap()
}

fn try_read(bytes: &[u8], mapping: Mapping) -> Result<Read, FileError> {
    let table = table();
    let mut collect = Collect::new(&table);
    let mut file = SpanFile::new("a.csv", Cursor::new(bytes.to_vec()), Some(Format::Csv(mapping)))?;
    while file.next_chunk(&table, &mut Scratch::default(), &mut collect).is_some() {}
    file.take_fault().map_or(Ok(()), Err)?;
    let refused = collect.refused.into_iter().map(|(_, example)| example).collect();
    Ok(Read { spans: collect.spans, refused, doubts: file.doubts(), notes: *file.notes() })
}

fn read(text: &str) -> Read {
    try_read(text.as_bytes(), mapping(COLUMNS)).unwrap()
}

#[test]
fn rows_are_spans() {
    let text = "Trace,Span,Parent,Pod,Name,Start,Micros,Route\n\
                ab,1,root,shop-5f8-x2,\"a, \"\"b\"\"\",10,5,\n\
                \n\
                ab,3,1,plain,d,12,7,/x\n";
    let mapping = mapping(&format!("{COLUMNS},http.route=Route"));
    let read =
        try_read(text.as_bytes(), mapping.with_service_pattern("^(.*)-[^-]+-[^-]+$").unwrap()).unwrap();
    let [root, child] = &read.spans[..] else { panic!("{read:?}") };
    let told = |span: &Span| (span.service.clone(), span.operation.clone(), span.span, span.parent);
    assert_eq!(told(root), ("shop".to_owned(), "a, \"b\"".to_owned(), 1, None));
    assert_eq!(told(child), ("plain".to_owned(), "d".to_owned(), 3, Some(1)));
    assert_eq!((child.start, child.end), (12_000_000, Some(12_007_000)));
    assert_eq!(child.slot("http.route"), Owned::Str("/x".into()));
    assert_eq!(read.refused, [""; 0]);
}

#[test]
fn a_bad_row_is_refused_alone_with_line_column_value_and_what_it_should_be() {
    let check = |row: &str, expected: &str| {
        let read = read(&format!("{HEADER}{row}\nab,1,root,p,n,10,5\n"));
        assert_eq!((read.spans.len(), &read.refused[..]), (1, &[format!("a.csv: line 2: {expected}")][..]));
    };
    check("ab,zz,1,p,n,10,5", "`Span` is `zz`, no hex id of up to 16 digits");
    check("550e8400-e29b,1,1,p,n,10,5", "`Trace` is `550e8400-e29b`, no hex id of up to 32 digits");
    check("ab,1,none,p,n,10,5", "`Parent` is `none`, no hex id of up to 16 digits");
    check("ab,1,1,p,n,2026-11-20T10:00:00Z,5", "`Start` is `2026-11-20T10:00:00Z`, no number of ms");
    check("ab,1,1,p,n,,5", "`Start` is empty, no number of ms");
    check("ab,1,1,p,n,1661146988592291144,5", "`Start` is `1661146988592291144`, too large a number of ms");
    check("ab,1,1,p,n,10,-5", "`Micros` is `-5`, a negative number of us");
    check("ab,1,1,p,n,10,\"5\nx\"", "`Micros` is `5\\nx`, no number of us");
    check(
        &format!("ab,1,1,p,n,{},5", "x".repeat(60)),
        &format!("`Start` is `{}`, no number of ms", "x".repeat(60)),
    );
    check(
        &format!("ab,1,1,p,n,{},5", "x".repeat(61)),
        &format!("`Start` is `{}…`, no number of ms", "x".repeat(60)),
    );
}

#[test]
fn a_file_whose_header_cannot_be_used_says_why() {
    let check = |bytes: &[u8], error: &str, hint: &str| {
        let failed = try_read(bytes, mapping(COLUMNS)).unwrap_err();
        let cause = std::error::Error::source(&failed).map(|cause| format!(": {cause}"));
        assert_eq!(format!("{failed}{}", cause.unwrap_or_default()), error);
        assert!(failed.hint().contains(hint), "{}", failed.hint());
    };
    check(
        b"trace,span id,Parent,Pod,Name,Start,Micros\n",
        "`a.csv` lacks columns that the mapping names: no `Trace`, `Span` among `trace`, `span id`, `Parent`, `Pod`, \
         `Name`, `Start`, `Micros`",
        "did you mean `trace` for `Trace`?",
    );
    check(b"", "`a.csv` has no header line", "must name the columns");
    check(b"\nTrace\n", "`a.csv` has no header line", "must name the columns");
    for (mark, to_bytes) in [(0xfeff_u16, u16::to_le_bytes as fn(u16) -> [u8; 2]), (0xfeff, u16::to_be_bytes)]
    {
        let units = std::iter::once(mark).chain(HEADER.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(to_bytes).collect();
        check(&bytes, "`a.csv` is UTF-16, not UTF-8", "iconv");
    }
}

#[test]
fn columns_are_separated_by_semicolons_or_tabs_where_the_header_has_no_comma() {
    let text = format!("\u{feff}{HEADER}ab,1,root,p,n,10.5,5\nab,2,1,p,\"n;\tm\",11,6\n");
    for separator in [",", ";", "\t"] {
        let read = read(&text.replace(',', separator));
        let starts: Vec<_> = read.spans.iter().map(|span| (span.start, span.operation.as_str())).collect();
        let quoted = "n;\tm";
        assert_eq!((&starts[..], read.refused.len()), (&[(10_500_000, "n"), (11_000_000, quoted)][..], 0));
    }
}

#[test]
fn a_file_says_what_is_doubtful_in_its_first_chunk() {
    let check = |rows: &[(u64, &str)], pattern: Option<&str>, expected: &[&str]| {
        let rows = rows.iter().map(|(start, pod)| format!("ab,1,root,{pod},n,{start},5\n"));
        let text = HEADER.to_owned() + &rows.collect::<String>();
        let mapping = mapping(COLUMNS);
        let mapping = match pattern {
            Some(pattern) => mapping.with_service_pattern(pattern).unwrap(),
            None => mapping,
        };
        let read = try_read(text.as_bytes(), mapping).unwrap();
        assert_eq!(read.doubts, expected, "{text}");
    };
    let in_2026 = 1_795_600_000_000;
    check(&[(in_2026, "shop")], None, &[]);
    let seconds =
        "starts of `a.csv` lie in 1970: is `:ms` the unit of `Start`? as `:s` they would lie in 2026";
    check(&[(in_2026 / 1_000, "shop"), (in_2026 / 1_000 + 60, "shop")], None, &[seconds]);
    let pattern = Some("^(.*)-[^-]+-[^-]+$");
    check(&[(in_2026, "shop"), (in_2026, "shop-5f8-x2")], pattern, &[]);
    let unmatched = "the pattern for services matches no `Pod` of `a.csv`, such as `shop`";
    check(&[(in_2026, "shop"), (in_2026, "cart")], pattern, &[unmatched]);
    check(&[(in_2026 / 1_000, "shop")], pattern, &[seconds, unmatched]);
    // One span alone before all others is a mistake of its own, and so is one after them.
    check(&[(5, "shop"), (in_2026, "shop")], None, &[]);
    check(&[(in_2026, "shop"), (in_2026 * 1_000, "shop")], None, &[]);
}

#[test]
fn cells_that_are_no_utf_8_are_read_and_counted_once() {
    let rows: [&[u8]; 4] = [
        HEADER.as_bytes(),
        b"ab,1,root,k\xe4s\xe9,n,10,5\n",
        b"ab,2,root,\xff,n,20000,5\n",
        b"\xff,2,root,p,n,10,5\n",
    ];
    let read = try_read(&rows.concat(), mapping(COLUMNS)).unwrap();
    let services: Vec<_> = read.spans.iter().map(|span| span.service.as_str()).collect();
    assert_eq!((&services[..], read.notes.texts_mended), (&["k\u{fffd}s\u{fffd}", "\u{fffd}"][..], 3));
    assert_eq!(read.refused, ["a.csv: line 4: `Trace` is `\u{fffd}`, no hex id of up to 32 digits"]);
}
