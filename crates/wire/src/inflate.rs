//! Decompression within a bound: bodies by their content encoding, files by their extension. It does not know
//! what is inside.

use std::io::Read;

/// How a body is compressed (HTTP `content-encoding`, gRPC `grpc-encoding`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    Identity,
    Gzip,
    Zstd,
    Deflate,
}

impl Compression {
    /// The names a server may offer, best first.
    pub const OFFERED: &str = "gzip, zstd, deflate, identity";

    /// Reads the header's value; empty means identity.
    ///
    /// # Errors
    /// [`InflateError::Unsupported`] for any other name or a list of several.
    pub fn named(name: &str) -> Result<Self, InflateError> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            "deflate" => Ok(Self::Deflate),
            _ => Err(InflateError::Unsupported(name.chars().take(64).collect())),
        }
    }
}

/// Why a body was not decompressed.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    #[error("the body is larger than {limit} bytes when decompressed")]
    TooLarge { limit: usize },
    #[error("the body is not what its content encoding says")]
    Corrupt(#[source] std::io::Error),
    #[error("content encoding `{0}` is not supported")]
    Unsupported(String),
}

/// Decompresses a whole body into `out`, which is cleared first and never holds more than `limit` + 1 bytes;
/// exactly `limit` bytes pass. Bytes after the last gzip member or zstd frame are a fault, those after a
/// deflate stream are passed over, zero bytes of body are an empty body.
///
/// # Errors
/// [`InflateError`]; `out` then holds what came before the fault.
pub fn inflate(
    compression: Compression,
    body: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), InflateError> {
    out.clear();
    if body.is_empty() {
        return Ok(());
    }
    match compression {
        Compression::Identity if body.len() > limit => Err(InflateError::TooLarge { limit }),
        Compression::Identity => {
            out.extend_from_slice(body);
            Ok(())
        }
        Compression::Gzip => read(flate2::bufread::MultiGzDecoder::new(body), limit, out),
        Compression::Deflate => read(flate2::bufread::ZlibDecoder::new(body), limit, out),
        Compression::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(body).map_err(InflateError::Corrupt)?;
            // A frame may ask for a window of 2 GiB; 8 MiB is what RFC 8878 asks every decoder to have.
            decoder.window_log_max(23).map_err(InflateError::Corrupt)?;
            read(decoder, limit, out)
        }
    }
}

fn read(decoder: impl Read, limit: usize, out: &mut Vec<u8>) -> Result<(), InflateError> {
    let bound = (limit as u64).saturating_add(1);
    decoder.take(bound).read_to_end(out).map_err(InflateError::Corrupt)?;
    if out.len() > limit {
        return Err(InflateError::TooLarge { limit });
    }
    Ok(())
}

/// Wraps a file by its name's extension: `.gz`, `.zst`, `.xz`, else as it is. The stream is not bounded; its
/// reader is.
///
/// # Errors
/// When the decoder cannot be made.
pub fn file_reader(
    name: &str,
    file: impl std::io::BufRead + Send + 'static,
) -> std::io::Result<Box<dyn Read + Send>> {
    Ok(match extension(name) {
        "gz" => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        "zst" => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
        "xz" => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(file)),
        _ => Box::new(file),
    })
}

/// Returns the name without a compression's extension.
pub fn inner_name(name: &str) -> &str {
    match extension(name) {
        known @ ("gz" | "zst" | "xz") => &name[..name.len() - known.len() - 1],
        _ => name,
    }
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}
