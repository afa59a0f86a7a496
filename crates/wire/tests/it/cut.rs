//! Files that end too early: what is whole before the cut is handed over, and the fault is told with its place.

use std::io::{Cursor, Write};

use throughline_wire::csv::Mapping;
use throughline_wire::file::{FileError, Format, SpanFile};
use throughline_wire::scratch::Scratch;

use crate::owned::{Collect, table};
use crate::protobuf::{field, in_scope};

/// Spans of each file; enough that compressed files are cut far from their beginning.
const SPANS: usize = 20_000;

/// Reads a file; returns how many spans came, each the one after the span before, and what ended it.
fn read(name: &str, bytes: &[u8], format: Option<Format>) -> (usize, Option<FileError>) {
    let table = table();
    let mut collect = Collect::new(&table);
    let mut file = SpanFile::new(name, Cursor::new(bytes.to_vec()), format).unwrap();
    while file.next_chunk(&table, &mut Scratch::default(), &mut collect).is_some() {}
    assert_eq!(collect.refused.first(), None);
    let in_order = collect.spans.iter().enumerate().all(|(n, span)| span.operation == n.to_string());
    assert!(in_order, "{name}");
    (collect.spans.len(), file.take_fault())
}

fn lines() -> Vec<u8> {
    let line = |n: usize| {
        format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"name\":\"{n}\"}}]}}]}}]}}\n")
    };
    (0..SPANS).map(line).collect::<String>().into()
}

fn rows() -> Vec<u8> {
    let row = |n: usize| format!("{:x},{:x},{n},1795600000000\n", n + 1, n + 1);
    ("t,s,n,b\n".to_owned() + &(0..SPANS).map(row).collect::<String>()).into()
}

fn columns() -> Option<Format> {
    Some(Format::Csv(Mapping::parse("trace=t,span=s,name=n,start=b:ms").unwrap()))
}

fn body(n: usize) -> Vec<u8> {
    in_scope(&field(5, n.to_string().as_bytes()))
}

fn stream(prefix: fn(usize) -> Vec<u8>) -> Vec<u8> {
    (0..SPANS).map(body).flat_map(|body| [prefix(body.len()), body].concat()).collect()
}

fn compressed(bytes: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
    xz.write_all(bytes).unwrap();
    // A frame of one block would come whole or not at all.
    let zst: Vec<u8> = bytes.chunks(16_384).flat_map(|part| zstd::encode_all(part, 1).unwrap()).collect();
    [("gz", gz.finish().unwrap()), ("xz", xz.finish().unwrap()), ("zst", zst)]
}

/// Checks a file that is cut in its middle; `place` tells where, by the spans that came.
fn check(inner: &str, whole: &[u8], format: &Option<Format>, place: impl Fn(usize) -> String) {
    for (extension, bytes) in compressed(whole) {
        let name = format!("{inner}.{extension}");
        let (spans, fault) = read(&name, &bytes, format.clone());
        assert!(spans == SPANS && fault.is_none(), "{name}: {spans} {fault:?}");
        let (spans, fault) = read(&name, &bytes[..bytes.len() / 2], format.clone());
        let fault = fault.unwrap();
        assert!((1..SPANS).contains(&spans), "{name}: {spans}");
        assert_eq!(fault.to_string(), format!("`{name}` breaks off after {}", place(spans)));
        assert!(std::error::Error::source(&fault).is_some() && fault.hint().contains("counted"));
    }
}

#[test]
fn whole_lines_and_rows_before_a_cut_are_read() {
    check("a.ndjson", &lines(), &None, |spans| format!("line {spans}"));
    check("a.csv", &rows(), &columns(), |spans| format!("line {}", spans + 1));
}

#[test]
fn whole_bodies_of_a_stream_before_a_cut_are_read() {
    let varint = |length: usize| vec![length as u8];
    let four_byte = |length: usize| vec![0, 0, 0, length as u8];
    for (prefix, length) in [(varint as fn(usize) -> Vec<u8>, 1), (four_byte, 4)] {
        let end = move |spans: usize| (0..spans).map(|n| length + body(n).len()).sum::<usize>();
        let bytes = stream(prefix);
        check("a.pb", &bytes, &None, |spans| format!("byte {}", end(spans)));
        let (spans, fault) = read("a.pb", &bytes[..bytes.len() - 1], None);
        let fault = fault.unwrap();
        assert_eq!(spans, SPANS - 1);
        assert_eq!(fault.to_string(), format!("`a.pb` breaks off after byte {}", end(spans)));
        assert_eq!(std::error::Error::source(&fault).unwrap().to_string(), "what follows is no whole body");
    }
}

#[test]
fn a_document_that_is_cut_is_read_as_none() {
    let spans: Vec<String> = (0..SPANS).map(|n| format!("{{\"name\":\"{n}\"}}")).collect();
    let spans = spans.join(",\n");
    let document = format!("{{\"resourceSpans\":[\n{{\"scopeSpans\":[{{\"spans\":[{spans}\n]}}]}}]}}");
    for (extension, bytes) in compressed(document.as_bytes()) {
        let name = format!("a.json.{extension}");
        assert_eq!(read(&name, &bytes, None).0, SPANS);
        let (spans, fault) = read(&name, &bytes[..bytes.len() / 2], None);
        assert!(spans == 0 && matches!(fault, Some(FileError::Read { .. })), "{spans} {fault:?}");
    }
    let (spans, fault) = read("a.json", &document.as_bytes()[..document.len() / 2], None);
    assert!(spans == 0 && matches!(fault, Some(FileError::Malformed { .. })), "{spans} {fault:?}");
}

#[test]
fn a_file_that_is_cut_before_its_first_record_says_so() {
    let [(_, gz), ..] = compressed(&lines());
    let answer = SpanFile::new("a.ndjson.gz", Cursor::new(gz[..4].to_vec()), None);
    assert!(matches!(answer, Err(FileError::Read { .. })), "{answer:?}");
}
