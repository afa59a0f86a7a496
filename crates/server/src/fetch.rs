//! One plain HTTP GET of a server's own API, for the command line. It knows no TLS, no redirects and no chunks: the
//! API has none.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Bytes of an answer.
pub const ANSWER_BYTES: u64 = 64 << 20;
/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("`{0}` is no address such as `http://127.0.0.1:8080`")]
    Address(String),
    #[error("cannot reach {address}")]
    Connect {
        address: String,
        #[source]
        error: std::io::Error,
    },
    #[error("{0} answers something that is no HTTP")]
    NoHttp(String),
}

/// Asks a server for a path; returns the status and the body.
///
/// # Errors
/// [`FetchError`] when there is no answer, or none that can be read.
pub fn get(server: &str, path: &str) -> Result<(u16, Vec<u8>), FetchError> {
    let bad = || FetchError::Address(server.to_owned());
    let address = server.strip_prefix("http://").ok_or_else(bad)?.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if address.is_empty() || !address.chars().all(plain) {
        return Err(bad());
    }
    let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port { address.to_owned() } else { format!("{address}:80") };
    let answer =
        ask(&address, path).map_err(|error| FetchError::Connect { address: address.clone(), error })?;
    read(&answer).ok_or(FetchError::NoHttp(address))
}

fn ask(address: &str, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWER_TIME))?;
    stream.set_write_timeout(Some(ANSWER_TIME))?;
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(answer)
}

/// Splits an answer of a known length.
fn read(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = memchr::memmem::find(answer, b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]);
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let length = lines.filter_map(|line| line.split_once(':'));
    let length = length.rev().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length?.1.trim().parse().ok()?;
    Some((status, body.get(..length)?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_its_length() {
        let check = |answer: &[u8], expected: Option<(u16, &[u8])>| {
            assert_eq!(read(answer), expected.map(|(status, body)| (status, body.to_vec())));
        };
        check(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Some((200, b"{}")));
        check(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", None);
        check(b"HTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n", Some((404, b"")));
        check(b"SSH-2.0-x\r\n\r\n", None);
        check(b"HTTP/1.1 200 OK\r\n\r\n{}", None);
    }

    #[test]
    fn an_address_is_plain_http() {
        for address in ["https://x", "", "http://", "http://a b", "http://x/\r\ny", "127.0.0.1:8080"] {
            assert!(matches!(get(address, "/"), Err(FetchError::Address(_))), "{address:?}");
        }
    }
}
