//! A plain OTLP/HTTP client for the demo's live users: one connection, one body after the other, come again when the
//! server asks for it. It is no exporter library.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How often a body is tried.
const TRIES: u32 = 5;
/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// A client of one port.
#[derive(Debug)]
pub struct Sender {
    port: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

impl Sender {
    /// Makes a client that connects when it sends.
    pub fn new(port: SocketAddr) -> Self {
        Self { port, connection: None }
    }

    /// Sends a body of traces; returns whether the server took it.
    pub fn send(&mut self, body: &[u8]) -> bool {
        for _ in 0..TRIES {
            match self.try_send(body) {
                Ok(200) => return true,
                Ok(503 | 429) => std::thread::sleep(Duration::from_secs(1)),
                Ok(_) => return false,
                Err(_) => {
                    self.connection = None;
                    std::thread::sleep(Duration::from_millis(200));
                }
            }
        }
        false
    }

    fn try_send(&mut self, body: &[u8]) -> std::io::Result<u16> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(self.port)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(ANSWER_TIME))?;
                BufReader::new(stream)
            }
        };
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-protobuf\r\ncontent-length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        connection.get_mut().write_all(head.as_bytes())?;
        connection.get_mut().write_all(body)?;
        let status = answer(&mut connection)?;
        self.connection = Some(connection);
        Ok(status)
    }
}

/// Reads an answer with a known length and returns its status.
fn answer(connection: &mut impl BufRead) -> std::io::Result<u16> {
    let mut line = String::new();
    connection.take(1 << 10).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut length = 0;
    loop {
        line.clear();
        connection.take(1 << 14).read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    std::io::copy(&mut connection.take(length), &mut std::io::sink())?;
    status.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidData))
}
