//! Files of every format: what becomes of their spans, of bad records, and how they are told apart.

use std::io::Cursor;

use proptest::prelude::*;
use throughline_core::observation::{Link, SpanKind, SpanStatus};
use throughline_wire::csv::Mapping;
use throughline_wire::file::{FileError, Format, SpanFile};
use throughline_wire::limits::{ATTRIBUTES, CHUNK_SPANS, LINKS};
use throughline_wire::scratch::Scratch;
use throughline_wire::visit::{Notes, Refused};

use crate::damage::{damage, damaged};
use crate::owned::{Collect, Owned, Span, table};
use crate::protobuf::{field, in_scope};

type Refusals = Vec<(Refused, String)>;

fn try_read(name: &str, bytes: &[u8], format: Option<Format>) -> Result<(Vec<Span>, Refusals), FileError> {
    let table = table();
    let mut collect = Collect::new(&table);
    let mut scratch = Scratch::default();
    let mut file = SpanFile::new(name, Cursor::new(bytes.to_vec()), format)?;
    while file.next_chunk(&table, &mut scratch, &mut collect).is_some() {}
    file.take_fault().map_or(Ok(()), Err)?;
    Ok((collect.spans, collect.refused))
}

fn check(name: &str, text: &str) -> Vec<Span> {
    let (spans, refused) = try_read(name, text.as_bytes(), None).unwrap();
    assert_eq!(refused, []);
    spans
}

const ZIPKIN: &str = r#"[
 {"traceId":"ab","id":"01","name":"get /","kind":"CLIENT","timestamp":1000,"duration":50,
  "localEndpoint":{"serviceName":"web"},"tags":{"http.method":"GET","http.path":"/a","http.status_code":"503"}},
 {"traceId":"000000000000000000000000000000ab","id":"1","shared":true,"kind":"SERVER","timestamp":1010,
  "localEndpoint":{"serviceName":"shop"},"tags":{"error":""}},
 {"traceId":"ab","id":"2","parentId":"1","kind":"CONSUMER","duration":7}]"#;

#[test]
fn zipkin_v2_gives_what_otlp_would() {
    let spans = check("a.json", ZIPKIN);
    assert_eq!(
        spans.iter().map(|span| (span.trace, span.span)).collect::<Vec<_>>(),
        [(0xab, 1), (0xab, 1), (0xab, 2)]
    );
    let [client, server, consumer] = &spans[..] else { panic!("three spans") };
    assert_eq!(
        (client.service.as_str(), client.kind, client.start, client.end),
        ("web", SpanKind::Client, 1_000_000, Some(1_050_000))
    );
    assert_eq!(client.slot("http.method"), Owned::Str("GET".into()));
    assert_eq!(client.slot("url.path"), Owned::Str("/a".into()));
    assert_eq!(client.slot("http.status_code"), Owned::Str("503".into()));
    assert_eq!((server.kind, server.end, server.status), (SpanKind::Server, None, SpanStatus::Error));
    assert_eq!(
        (consumer.service.as_str(), consumer.parent, consumer.kind),
        ("", Some(1), SpanKind::Consumer)
    );
}

#[test]
fn zipkin_traces_in_an_array_of_arrays_are_read() {
    assert_eq!(check("a.json", &format!("[{ZIPKIN},[],{ZIPKIN}]")).len(), 6);
}

#[test]
fn a_zipkin_v1_span_with_both_sides_is_two_spans() {
    let endpoint = |name: &str| format!(r#""endpoint":{{"serviceName":"{name}"}}"#);
    let (web, shop) = (endpoint("web"), endpoint("shop"));
    let text = format!(
        r#"[{{"traceId":"1","id":"2","name":"get","timestamp":100,"duration":50,"annotations":[
            {{"timestamp":100,"value":"cs",{web}}},{{"timestamp":110,"value":"sr",{shop}}},
            {{"timestamp":140,"value":"ss",{shop}}},{{"timestamp":150,"value":"cr",{web}}}],
          "binaryAnnotations":[{{"key":"http.method","value":"GET",{web}}},{{"key":"error","value":"boom",{shop}}},
            {{"key":"sa","value":true,{shop}}}]}},
         {{"traceId":"1","id":"3","parentId":"2","name":"local","timestamp":120,"duration":5,
          "binaryAnnotations":[{{"key":"lc","value":"db",{shop}}}]}}]"#
    );
    let spans = check("v1.json", &text);
    let seen: Vec<_> = spans.iter().map(|s| (s.service.as_str(), s.kind, s.start, s.end, s.status)).collect();
    assert_eq!(
        seen,
        [
            ("web", SpanKind::Client, 100_000, Some(150_000), SpanStatus::Unset),
            ("shop", SpanKind::Server, 110_000, Some(140_000), SpanStatus::Error),
            ("shop", SpanKind::Unspecified, 120_000, Some(125_000), SpanStatus::Unset),
        ]
    );
    assert_eq!(
        (spans[0].slot("http.method"), spans[1].slot("http.method")),
        (Owned::Str("GET".into()), Owned::Absent)
    );
}

fn jaeger(references: &str) -> String {
    format!(
        r#"{{"data":[{{"traceID":"b7cae","spans":[{{"traceID":"b7cae","spanID":"a","operationName":"op",
        "references":[{references}],"startTime":1000,"duration":20,"processID":"p1","warnings":null,
        "tags":[{{"key":"span.kind","type":"string","value":"server"}},{{"key":"error","type":"bool","value":true}},
        {{"key":"http.status_code","type":"int64","value":500}},{{"key":"a","type":"float64","value":1}}]}}],
        "processes":{{"p1":{{"serviceName":"hotel","tags":[{{"key":"b","type":"string","value":"resource"}}]}}}}}}]}}"#
    )
}

#[test]
fn jaeger_gives_what_otlp_would() {
    let spans = check("a.json", &jaeger(""));
    let span = &spans[0];
    assert_eq!((span.trace, span.span, span.parent), (0xb7cae, 0xa, None));
    assert_eq!(
        (span.service.as_str(), span.operation.as_str(), span.kind),
        ("hotel", "op", SpanKind::Server)
    );
    assert_eq!((span.start, span.end, span.status), (1_000_000, Some(1_020_000), SpanStatus::Error));
    assert_eq!(span.slot("http.status_code"), Owned::Int(500));
    assert_eq!(span.slot("a"), Owned::Double(1_f64.to_bits()));
    assert_eq!(span.slot("b"), Owned::Str("resource".into()));
}

#[test]
fn the_first_child_of_the_same_trace_is_the_parent_and_the_rest_are_links() {
    let reference = |kind: &str, trace: &str, span: &str| {
        format!(r#"{{"refType":"{kind}","traceID":"{trace}","spanID":"{span}"}}"#)
    };
    let link = |trace, span| Link {
        trace: throughline_core::id::TraceId(trace),
        span: throughline_core::id::SpanId(span),
    };
    let all = [
        reference("CHILD_OF", "ff", "1"),
        reference("FOLLOWS_FROM", "b7cae", "2"),
        reference("CHILD_OF", "000b7cae", "3"),
        reference("CHILD_OF", "b7cae", "4"),
    ];
    let span = &check("a.json", &jaeger(&all.join(",")))[0];
    assert_eq!(span.parent, Some(3));
    assert_eq!(span.links, [link(0xff, 1), link(0xb7cae, 2), link(0xb7cae, 4)]);
    let span = &check("a.json", &jaeger(&all[..2].join(",")))[0];
    assert_eq!((span.parent, span.links.len()), (Some(2), 1));
}

#[test]
fn jaeger_spans_have_the_limits_of_otlp() {
    let reference = r#"{"refType":"FOLLOWS_FROM","traceID":"ff","spanID":"1"}"#;
    for (n, skipped) in [(LINKS, 0), (LINKS + 1, 1)] {
        let text = jaeger(&vec![reference; n].join(","));
        let (spans, notes) = with_notes(&text);
        assert_eq!((spans[0].links.len(), notes.links_skipped), (LINKS, skipped));
    }
    // The process brings one tag and the span four, the last of which fills slot `a`.
    let tag = r#"{"key":"other","type":"string","value":"x"},"#;
    for (before, beyond) in [(ATTRIBUTES - 4, 0), (ATTRIBUTES - 3, 1)] {
        let tags = format!(r#""tags":[{}{{"key":"span.kind""#, tag.repeat(before));
        let (spans, notes) = with_notes(&jaeger("").replace(r#""tags":[{"key":"span.kind""#, &tags));
        assert_ne!(spans[0].slot("a"), Owned::Absent);
        assert_eq!(notes.attributes_beyond, beyond);
    }
}

fn with_notes(text: &str) -> (Vec<Span>, Notes) {
    let table = table();
    let mut collect = Collect::new(&table);
    let notes =
        throughline_wire::jaeger::walk(text.as_bytes(), &table, &mut Scratch::default(), &mut collect);
    (collect.spans, notes.unwrap())
}

const CSV: &str = "Trace,Span,Parent,Pod,Name,Start,Micros,Route\n\
                   ab,1,root,shop-5f8-x2,\"a, \"\"b\"\"\",10,5,\n\
                   ab,zz,1,shop-5f8-x2,bad,10,5,\n\
                   ab,2,1,plain,c,11,x,\n\
                   ab,3,1,plain,d,12,7,/x\n";

fn mapping() -> Option<Format> {
    let columns = "trace=Trace,span=Span,parent=Parent,service=Pod,name=Name,start=Start:ms,duration=Micros:us,http.route=Route";
    Some(Format::Csv(Mapping::parse(columns).unwrap().with_service_pattern("^(.*)-[^-]+-[^-]+$").unwrap()))
}

fn otlp_json(names: &[&str]) -> String {
    let spans: Vec<_> = names.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","))
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.operation.as_str()).collect()
}

#[test]
fn otlp_json_is_one_document_or_one_a_line() {
    let pretty = otlp_json(&["a"]).replace(':', ":\n  ");
    assert_eq!(names(&check("a.json", &pretty)), ["a"]);
    let lines = format!("{}\n\n{}", otlp_json(&["a"]), otlp_json(&["b", "c"]));
    assert_eq!(names(&check("a.json", &lines)), ["a", "b", "c"]);
}

#[test]
fn a_bad_line_is_refused_alone_wherever_it_stands() {
    let good = otlp_json(&["a"]);
    for text in [
        format!("{good}\n{{\"resourceSpans\":[\n{good}\n"),
        format!("{}\n{good}\n{good}\n", &good[..good.len() - 4]),
    ] {
        let (spans, refused) = try_read("a.jsonl", text.as_bytes(), None).unwrap();
        assert_eq!((names(&spans), refused.len()), (vec!["a", "a"], 1), "{text}");
        assert!(refused[0].1.starts_with("a.jsonl:"), "{refused:?}");
    }
    let answer = try_read("a.json", &good.as_bytes()[..good.len() - 4], None);
    assert!(matches!(answer, Err(FileError::Malformed { .. })));
}

#[test]
fn a_document_with_a_line_to_each_bracket_is_one_document() {
    let one = otlp_json(&["a"]);
    let inner = one.strip_prefix(r#"{"resourceSpans":["#).and_then(|rest| rest.strip_suffix("]}")).unwrap();
    let spans = |text: &str| {
        let (spans, refused) = try_read("a.json", text.as_bytes(), None).unwrap();
        (spans.len(), refused.len())
    };
    assert_eq!(spans(&format!("{{\"resourceSpans\":[\n{inner}\n]}}\n")), (1, 0));
    let zipkin = r#"{"traceId":"ab","id":"01","name":"get /","timestamp":1000}"#;
    assert_eq!(spans(&format!("[\n{zipkin}\n]")), (1, 0));
}

#[test]
fn a_request_is_told_by_its_first_key_and_not_by_its_words() {
    let line = otlp_json(&["a"]).replace("\"a\"", "\"resourceLogs\"");
    let (spans, refused) = try_read("a.jsonl", line.as_bytes(), None).unwrap();
    assert_eq!((names(&spans), refused.len()), (vec!["resourceLogs"], 0));
    let (spans, _) = try_read("a.jsonl", br#"{"resource_logs":[]}"#, None).unwrap();
    assert!(spans.is_empty());
}

#[test]
fn a_protobuf_file_is_one_body_or_a_stream_of_them() {
    let one = in_scope(&field(5, b"a"));
    let two = in_scope(&field(5, b"b"));
    let varint = [vec![one.len() as u8], one.clone(), vec![two.len() as u8], two.clone()].concat();
    let four =
        [vec![0, 0, 0, one.len() as u8], one.clone(), vec![0, 0, 0, two.len() as u8], two.clone()].concat();
    for (bytes, expected) in [
        (one.clone(), vec!["a"]),
        ([one, two].concat(), vec!["a", "b"]),
        (varint, vec!["a", "b"]),
        (four, vec!["a", "b"]),
    ] {
        let (spans, refused) = try_read("a.pb", &bytes, None).unwrap();
        assert_eq!((names(&spans), refused), (expected, vec![]));
        assert!(try_read("unnamed", &bytes, None).is_ok());
    }
}

#[test]
fn a_document_is_read_in_time_order_whatever_it_lists_first() {
    let span = |service: &str, starts: &[u64]| {
        let spans: Vec<_> = starts
            .iter()
            .map(|start| {
                let time = (start * 1_000_000_000).to_string();
                serde_json::json!({"traceId": "00000000000000000000000000000001", "spanId": "0000000000000001",
                    "name": format!("{service} {start}"), "startTimeUnixNano": time, "endTimeUnixNano": time})
            })
            .collect();
        let name = serde_json::json!({"key": "service.name", "value": {"stringValue": service}});
        serde_json::json!({"resource": {"attributes": [name]}, "scopeSpans": [{"spans": spans}]})
    };
    let resources = [span("web", &[100, 900, 1_700]), span("db", &[101, 901, 0, 1_699])];
    let spans = check("a.json", &serde_json::json!({"resourceSpans": resources}).to_string());
    let expected = ["web 100", "db 101", "web 900", "db 901", "db 1699", "web 1700", "db 0"];
    assert_eq!(names(&spans), expected);
}

#[test]
fn chunks_have_at_most_512_spans_and_nothing_is_lost() {
    let many: Vec<_> = (0..2 * CHUNK_SPANS + 1).map(|n| n.to_string()).collect();
    let text = otlp_json(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let table = table();
    let mut file = SpanFile::new("a.json", Cursor::new(text), None).unwrap();
    let mut sizes = Vec::new();
    loop {
        let mut collect = Collect::new(&table);
        let next = file.next_chunk(&table, &mut Scratch::default(), &mut collect);
        sizes.push(collect.spans.len());
        if next.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [CHUNK_SPANS, CHUNK_SPANS, 1]);
}

#[test]
fn formats_are_told_by_their_content() {
    let detect = |head: &str, name| Format::detect(head.as_bytes(), name);
    assert!(matches!(detect(ZIPKIN, "x"), Ok(Format::Zipkin)));
    assert!(matches!(detect(&jaeger(""), "x"), Ok(Format::Jaeger)));
    assert!(matches!(detect(&otlp_json(&[]), "x"), Ok(Format::OtlpJson)));
    assert!(matches!(detect("{}", "x"), Ok(Format::OtlpJson)));
    assert!(matches!(detect("some words", "x.txt"), Err(FileError::UnknownFormat { .. })));
    assert!(matches!(detect(CSV, "x.csv.gz"), Err(FileError::Unmapped { .. })));
    assert!(matches!(detect(CSV, "x"), Err(FileError::Unmapped { .. })));
    assert!(matches!(detect(&CSV.replace(',', "\t"), "x.tsv"), Err(FileError::Unmapped { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(which in 0..5_usize, damages in prop::collection::vec(damage(), 1..8)) {
        let (text, format) = match which {
            0 => (ZIPKIN.to_owned(), Some(Format::Zipkin)),
            1 => (jaeger(r#"{"refType":"CHILD_OF","traceID":"b7cae","spanID":"3"}"#), Some(Format::Jaeger)),
            2 => (CSV.to_owned(), mapping()),
            3 => (otlp_json(&["a", "b"]), Some(Format::OtlpJson)),
            _ => (format!("{ZIPKIN}\n{CSV}"), None),
        };
        try_read("a", &damaged(text.into_bytes(), &damages), format).ok();
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in [Some(Format::OtlpProtobuf), Some(Format::Zipkin), mapping(), None] {
            try_read("a.gz", &bytes, format.clone()).ok();
            try_read("a", &bytes, format).ok();
        }
    }
}
