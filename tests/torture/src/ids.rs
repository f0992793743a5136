//! Asks a broker for the id of a topic, in Kafka's own protocol: what the engine says of it is not trusted.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a broker may take.
const LIMIT: Duration = Duration::from_secs(2);
/// A metadata request: its number in the protocol, and the version, the first one that is asked for names
/// and answers with ids on every Kafka since 2.8.
const METADATA: (u16, u16) = (3, 12);

/// The id that a broker knows for a name, as Kafka prints it; `None` when it knows no such topic.
///
/// # Errors
/// When it does not answer.
pub fn ask(broker: &str, topic: &str) -> io::Result<Option<String>> {
    let address: SocketAddr = broker.parse().map_err(io::Error::other)?;
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let request = request(topic);
    stream.write_all(&(request.len() as u32).to_be_bytes())?;
    stream.write_all(&request)?;
    let mut size = [0; 4];
    stream.read_exact(&mut size)?;
    let mut answer = vec![0; u32::from_be_bytes(size) as usize];
    stream.read_exact(&mut answer)?;
    read(&answer).ok_or_else(|| io::Error::other(format!("{broker} answers with something else")))
}

fn request(topic: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(METADATA.0.to_be_bytes());
    bytes.extend(METADATA.1.to_be_bytes());
    bytes.extend([0, 0, 0, 7]); // the number of this request
    bytes.extend([0xff, 0xff]); // no name of a client
    bytes.push(0); // no tags
    bytes.push(2); // one topic
    bytes.extend([0; 16]); // by its name, not by an id
    bytes.extend(uvarint(topic.len() as u64 + 1));
    bytes.extend(topic.bytes());
    bytes.push(0); // no tags
    bytes.extend([0, 0, 0]); // it is not to be created, no list of operations, no tags
    bytes
}

/// The id in an answer, `Some(None)` when there is none; `None` for bytes that are no such answer.
fn read(answer: &[u8]) -> Option<Option<String>> {
    let mut bytes = Bytes(answer);
    bytes.take(4)?; // the number of the request
    bytes.tags()?;
    bytes.take(4)?; // the throttle
    for _ in 1..bytes.uvarint()? {
        bytes.take(4)?; // a broker
        bytes.text()?;
        bytes.take(4)?;
        bytes.text()?;
        bytes.tags()?;
    }
    bytes.text()?; // the cluster
    bytes.take(4)?; // the controller
    if bytes.uvarint()? != 2 {
        return None;
    }
    let error = bytes.take(2)?;
    bytes.text()?;
    let id = bytes.take(16)?;
    Some((error == [0, 0] && id != [0; 16]).then(|| base64(id)))
}

/// What is left of an answer.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn uvarint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Text, or none.
    fn text(&mut self) -> Option<()> {
        let size = self.uvarint()?.saturating_sub(1);
        self.take(usize::try_from(size).ok()?).map(drop)
    }

    fn tags(&mut self) -> Option<()> {
        for _ in 0..self.uvarint()? {
            self.uvarint()?;
            let size = self.uvarint()?;
            self.take(usize::try_from(size).ok()?)?;
        }
        Some(())
    }
}

fn uvarint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Base64 of the alphabet for addresses, without padding: so Kafka prints ids.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = |three: &[u8]| {
        let byte = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let all = [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 63) as usize]));
        all.into_iter().take(three.len() + 1).collect::<Vec<char>>()
    };
    bytes.chunks(3).flat_map(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::{base64, read, request, uvarint};

    #[test]
    fn an_id_is_printed_as_kafka_prints_it() {
        assert_eq!(base64(b"\x00"), "AA");
        assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw");
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "-__-");
    }

    #[test]
    fn a_request_names_the_topic() {
        assert_eq!(uvarint(300), [0xac, 2]);
        let request = request("ab");
        assert!(request.windows(3).any(|three| three == b"\x03ab"));
        assert!(request.ends_with(&[0, 0, 0, 0]));
    }

    #[test]
    fn an_answer_is_read_as_far_as_the_id() {
        let mut answer = vec![0, 0, 0, 7, 0, 0, 0, 0, 0];
        answer.extend([2, 0, 0, 0, 1, 3, b'h', b'o', 0, 0, 0, 9, 0, 0]); // one broker
        answer.extend([2, b'c', 0, 0, 0, 1]); // cluster and controller
        answer.extend([2, 0, 0, 3, b'a', b'b']); // one topic without an error
        let (at, mut id) = (answer.len(), [0; 16]);
        id[15] = 4;
        answer.extend(id);
        assert_eq!(
            read(&answer),
            Some(Some("AAAAAAAAAAAAAAAAAAAABA".to_owned()))
        );
        answer[at + 15] = 0;
        assert_eq!(read(&answer), Some(None));
        assert_eq!(read(&answer[..at]), None);
    }
}
