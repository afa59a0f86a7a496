//! Bodies are decompressed within their limit, at n and n + 1 bytes, and damaged ones are refused.

use std::io::{Read, Write};

use throughline_wire::inflate::{Compression, InflateError, file_reader, inflate, inner_name};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn compressed(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    match compression {
        Compression::Identity => bytes.to_vec(),
        Compression::Gzip => gzip(bytes),
        Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        Compression::Deflate => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
    }
}

const ALL: [Compression; 4] =
    [Compression::Identity, Compression::Gzip, Compression::Zstd, Compression::Deflate];

#[test]
fn a_body_may_have_the_limit_and_not_one_byte_more() {
    let plain: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    for compression in ALL {
        let body = compressed(compression, &plain);
        let mut out = vec![1, 2, 3];
        inflate(compression, &body, plain.len(), &mut out).unwrap();
        assert!(out == plain, "{compression:?}");
        let answer = inflate(compression, &body, plain.len() - 1, &mut out);
        assert!(matches!(answer, Err(InflateError::TooLarge { limit: 99_999 })), "{compression:?}");
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    for compression in [Compression::Gzip, Compression::Zstd, Compression::Deflate] {
        let body = compressed(compression, &vec![0; 20_000_000]);
        let mut out = Vec::new();
        assert!(inflate(compression, &body, 1_000, &mut out).is_err());
        assert!(out.len() <= 1_001 && out.capacity() < 100_000, "{compression:?}");
    }
}

#[test]
fn several_members_are_one_body() {
    let mut out = Vec::new();
    inflate(Compression::Gzip, &[gzip(b"one "), gzip(b"two")].concat(), 100, &mut out).unwrap();
    assert_eq!(out, b"one two");
    let frames =
        [zstd::encode_all(&b"one "[..], 1).unwrap(), zstd::encode_all(&b"two"[..], 1).unwrap()].concat();
    inflate(Compression::Zstd, &frames, 100, &mut out).unwrap();
    assert_eq!(out, b"one two");
}

#[test]
fn what_is_cut_or_foreign_is_corrupt_and_nothing_is_nothing() {
    for compression in [Compression::Gzip, Compression::Zstd, Compression::Deflate] {
        let body = compressed(compression, b"some text that is long enough to be cut");
        let mut out = Vec::new();
        for bad in [&body[..body.len() - 1], &b"not compressed at all"[..]] {
            let answer = inflate(compression, bad, 1_000, &mut out);
            assert!(matches!(answer, Err(InflateError::Corrupt(_))), "{compression:?} {answer:?}");
        }
        inflate(compression, &[], 1_000, &mut out).unwrap();
        assert_eq!(out, b"");
    }
}

#[test]
fn names_are_those_of_http_and_grpc() {
    assert_eq!(Compression::named("GZIP").unwrap(), Compression::Gzip);
    assert_eq!(Compression::named("").unwrap(), Compression::Identity);
    assert!(matches!(Compression::named("br"), Err(InflateError::Unsupported(name)) if name == "br"));
}

#[test]
fn files_are_read_by_their_extension() {
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(b"text").unwrap();
    let files = [
        ("a.json.gz", gzip(b"text")),
        ("a.json.zst", zstd::encode_all(&b"text"[..], 1).unwrap()),
        ("a.json.xz", xz.finish().unwrap()),
        ("a.json", b"text".to_vec()),
    ];
    for (name, bytes) in files {
        let mut read = String::new();
        file_reader(name, std::io::Cursor::new(bytes)).unwrap().read_to_string(&mut read).unwrap();
        assert_eq!(read, "text", "{name}");
        assert_eq!(inner_name(name), "a.json");
    }
}
