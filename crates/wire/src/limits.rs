//! Every bound this crate keeps, in one place. What reaches one is cut or skipped and noted in
//! [`Notes`](crate::visit::Notes); nothing here is a setting.

/// Levels of arrays and maps inside one attribute's value that are rendered as text for a person; what the walk
/// looks at has one level, so it needs no limit there.
pub const VALUE_DEPTH: usize = 64;

/// Groups inside groups (protobuf wire types 3 and 4) that are skipped; a body with more is malformed, as it
/// is to `prost`.
pub const GROUP_DEPTH: usize = 100;

/// Attributes of one span, and of one resource, beyond which they are noted. They are looked at all the same: a
/// condition that missed its attribute would take a failure for a success. The body's bytes bound the work.
pub const ATTRIBUTES: usize = 256;

/// Links of one span that are handed on; later ones are skipped.
pub const LINKS: usize = 256;

/// Bytes of one string that are handed on; the cut falls on a character boundary.
pub const TEXT_BYTES: usize = 8 * 1024;

/// Brackets inside brackets of a JSON body; one with more is malformed. It leaves room for a value of
/// [`VALUE_DEPTH`] levels, each of which takes three brackets.
pub const JSON_DEPTH: usize = 256;

/// Bytes of a JSON body up to which the parser's buffers are kept for the next one.
pub const JSON_KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of one CSV record, over however many lines; a longer one spoils its first line.
pub const RECORD_BYTES: usize = 1024 * 1024;

/// Bytes of one document or line of a file, decompressed.
pub const DOCUMENT_BYTES: u64 = 1024 * 1024 * 1024;

/// Spans that a file's reader hands on at once, so that a virtual clock can move in between,
pub const CHUNK_SPANS: usize = 512;

/// and the time in which they start: whoever follows a file looks as often as at live data.
pub const CHUNK_NS: u64 = 10_000_000_000;
