//! Kafka's protocol by hand: records that no client writes, and what none shows.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use bytes::{Buf, BufMut};

use crate::broker::TestBroker;
use crate::wait::DEADLINE;

/// Name and value of a header, which Kafka does not require to be text.
pub type RawHeader = (Vec<u8>, Vec<u8>);

const PRODUCE: (i16, i16) = (0, 3);
const FETCH: (i16, i16) = (1, 4);

/// Where that part of a batch begins which its checksum is for.
const CHECKED: usize = 21;

/// Writes one record, with one header, to a partition of a broker that leads it.
///
/// # Panics
/// When the broker does not take it.
pub fn put(
    broker: &TestBroker,
    stream: &str,
    partition: i32,
    header: (&[u8], &[u8]),
    value: &[u8],
) {
    write(broker, stream, partition, &batch(header, value));
}

/// Writes a batch that says it is compressed with zstd, to a partition of a broker that leads it. There is no
/// frame of zstd in it: a client without zstd does not look.
///
/// # Panics
/// When the broker does not take it.
pub fn put_zstd(broker: &TestBroker, stream: &str, partition: i32) {
    const ZSTD: i16 = 4;
    write(broker, stream, partition, &frame(ZSTD, b"no frame of zstd"));
}

fn write(broker: &TestBroker, stream: &str, partition: i32, batch: &[u8]) {
    let mut body = Vec::new();
    body.put_i16(-1); // no transaction
    body.put_i16(-1); // all replicas
    body.put_i32(30_000);
    put_place(&mut body, stream, partition);
    body.put_i32(length(batch));
    body.put_slice(batch);
    let answer = ask(broker, PRODUCE, &body);
    let mut left = &answer[..];
    skip_place(&mut left);
    assert_eq!(left.get_i16(), 0, "the broker's error code");
}

/// The headers of every record on a partition that was written without compression.
///
/// # Panics
/// When the broker does not answer, or the records are compressed.
#[must_use]
pub fn headers(broker: &TestBroker, stream: &str, partition: i32) -> Vec<Vec<RawHeader>> {
    let (mut found, mut next) = (Vec::new(), 0);
    // One batch at a time is all that some brokers give.
    while fetch(broker, stream, partition, &mut next, &mut found) {}
    found
}

/// Adds what the broker gives from `next` on, and tells whether there is more.
fn fetch(
    broker: &TestBroker,
    stream: &str,
    partition: i32,
    next: &mut i64,
    found: &mut Vec<Vec<RawHeader>>,
) -> bool {
    let mut body = Vec::new();
    body.put_i32(-1); // a consumer
    body.put_i32(100);
    body.put_i32(0); // nothing is an answer, too
    body.put_i32(1 << 20);
    body.put_u8(0); // whatever is there
    put_place(&mut body, stream, partition);
    body.put_i64(*next);
    body.put_i32(1 << 20);
    let answer = ask(broker, FETCH, &body);
    let mut left = &answer[..];
    left.advance(4); // throttled for so long
    skip_place(&mut left);
    assert_eq!(left.get_i16(), 0, "the broker's error code");
    let end = left.get_i64();
    left.advance(8); // the end of what is committed
    let aborted = left.get_i32().max(0);
    left.advance(aborted as usize * 16);
    let size = left.get_i32().max(0);
    let mut batches = &left[..size as usize];
    while batches.has_remaining() {
        let first = batches.get_i64();
        batches.advance(CHECKED - 8);
        assert_eq!(batches.get_i16() & 7, 0, "a batch is compressed");
        *next = first + i64::from(batches.get_i32()) + 1;
        batches.advance(30);
        for _ in 0..batches.get_i32() {
            found.push(headers_of_record(&mut batches));
        }
    }
    *next < end
}

/// Sends a request without a client's name, and gives the answer behind its number.
fn ask(broker: &TestBroker, (request, version): (i16, i16), body: &[u8]) -> Vec<u8> {
    let mut connection = TcpStream::connect(broker.address()).expect("the broker listens");
    let deadline = connection.set_read_timeout(Some(DEADLINE));
    deadline.expect("a deadline is not zero");
    let mut message = Vec::new();
    message.put_i16(request);
    message.put_i16(version);
    message.put_i32(1);
    message.put_i16(-1);
    message.put_slice(body);
    send(&mut connection, &message).expect("it is sent");
    let mut answer = receive(&mut connection).expect("an answer");
    answer.split_off(4)
}

/// Writes a request or an answer, with its length before it.
pub(crate) fn send(to: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    to.write_all(&[&length(message).to_be_bytes()[..], message].concat())
}

/// Reads a request or an answer, without the length before it.
pub(crate) fn receive(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut size = [0; 4];
    from.read_exact(&mut size)?;
    let mut message = vec![0; u32::from_be_bytes(size) as usize];
    from.read_exact(&mut message)?;
    Ok(message)
}

/// A list of one stream with a list of one partition.
fn put_place(body: &mut Vec<u8>, stream: &str, partition: i32) {
    body.put_i32(1);
    body.put_i16(i16::try_from(stream.len()).expect("a short name"));
    body.put_slice(stream.as_bytes());
    body.put_i32(1);
    body.put_i32(partition);
}

fn skip_place(left: &mut &[u8]) {
    left.advance(4);
    let name = left.get_i16();
    left.advance(name as usize);
    left.advance(8);
}

/// A batch of one record, of the only format that is still in use.
fn batch((name, header): (&[u8], &[u8]), value: &[u8]) -> Vec<u8> {
    let mut record = vec![0]; // attributes
    put_varint(&mut record, 0); // its time, behind the first one's
    put_varint(&mut record, 0); // its offset, behind the first one's
    put_varint(&mut record, -1); // no key
    put_bytes(&mut record, value);
    put_varint(&mut record, 1);
    put_bytes(&mut record, name);
    put_bytes(&mut record, header);
    let mut records = Vec::new();
    put_bytes(&mut records, &record);
    frame(0, &records)
}

/// What stands around the records of a batch, which count as one; not in a transaction.
fn frame(compression: i16, records: &[u8]) -> Vec<u8> {
    let mut checked = Vec::new();
    checked.put_i16(compression);
    checked.put_i32(0);
    checked.put_i64(1_600_000_000_000);
    checked.put_i64(1_600_000_000_000);
    checked.put_i64(-1); // no idempotent producer
    checked.put_i16(-1);
    checked.put_i32(-1);
    checked.put_i32(1);
    checked.put_slice(records);
    let mut batch = Vec::new();
    batch.put_i64(0);
    batch.put_i32(9 + length(&checked));
    batch.put_i32(-1);
    batch.put_u8(2);
    batch.put_u32(crc32c::crc32c(&checked));
    batch.extend(checked);
    batch
}

fn headers_of_record(left: &mut &[u8]) -> Vec<RawHeader> {
    let length = get_varint(left) as usize;
    let (mut record, rest) = left.split_at(length);
    *left = rest;
    record.advance(1);
    get_varint(&mut record);
    get_varint(&mut record);
    get_bytes(&mut record);
    get_bytes(&mut record);
    let count = get_varint(&mut record);
    (0..count)
        .map(|_| (get_bytes(&mut record), get_bytes(&mut record)))
        .collect()
}

fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).expect("a short message")
}

fn put_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(to, i64::from(length(bytes)));
    to.put_slice(bytes);
}

/// Null is empty here.
fn get_bytes(left: &mut &[u8]) -> Vec<u8> {
    let length = get_varint(left).max(0) as usize;
    left.copy_to_bytes(length).to_vec()
}

/// Seven bits a byte, the sign in the lowest bit.
fn put_varint(to: &mut Vec<u8>, value: i64) {
    let mut left = ((value << 1) ^ (value >> 63)) as u64;
    while left >= 0x80 {
        to.put_u8(left as u8 | 0x80);
        left >>= 7;
    }
    to.put_u8(left as u8);
}

fn get_varint(left: &mut &[u8]) -> i64 {
    let (mut value, mut shift) = (0_u64, 0);
    loop {
        let byte = left.get_u8();
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return (value >> 1) as i64 ^ -((value & 1) as i64);
        }
        shift += 7;
    }
}
