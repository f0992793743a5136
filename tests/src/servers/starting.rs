//! A Kafka that answers before it has registered with its controller: it lists no broker yet.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::{Buf as _, BufMut as _};

use super::{Server, listen};
use crate::broker::TestBroker;
use crate::by_hand::{receive, send};

const METADATA: i16 = 3;
const LEADER_NOT_AVAILABLE: i16 = 5;

impl Server {
    /// It stands before `broker`, and lists no broker in its first `answers` to what is there: every other
    /// of them lists no stream either. Everything else is answered by `broker`.
    ///
    /// # Panics
    /// When there is no port to be had.
    #[must_use]
    pub fn starting(broker: &TestBroker, answers: usize) -> Self {
        let (listener, address) = listen();
        let broker = broker.address().to_owned();
        let left = Arc::new(AtomicUsize::new(answers));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (broker, left) = (broker.clone(), Arc::clone(&left));
                // It ends with the connection, whichever side has closed it.
                thread::spawn(move || serve(client, &broker, &left));
            }
        });
        Self { address }
    }
}

fn serve(mut client: TcpStream, broker: &str, left: &AtomicUsize) -> Option<()> {
    let mut broker = TcpStream::connect(broker).ok()?;
    loop {
        let request = receive(&mut client).ok()?;
        let mut head = &request[..];
        let (api, version, number) = (head.get_i16(), head.get_i16(), head.get_i32());
        let fewer = |left: usize| left.checked_sub(1);
        let answer = match api {
            METADATA => left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer),
            _ => Err(0),
        };
        let answer = match answer {
            Ok(left) => no_broker(version, number, left % 2 == 0),
            Err(_) => {
                send(&mut broker, &request).ok()?;
                receive(&mut broker).ok()?
            }
        };
        send(&mut client, &answer).ok()?;
    }
}

/// Metadata without a broker, in the versions 9 to 13, with or without a stream that has no leader.
fn no_broker(version: i16, number: i32, has_stream: bool) -> Vec<u8> {
    let mut body = Vec::new();
    body.put_i32(number);
    body.put_u8(0); // no tagged fields
    body.put_i32(0); // throttled for so long
    put_count(&mut body, 0); // brokers
    body.put_u8(0); // no name of the cluster
    body.put_i32(-1); // no controller
    put_count(&mut body, u8::from(has_stream));
    if has_stream {
        body.put_i16(0);
        put_count(&mut body, 1);
        body.put_u8(b'x');
        if version >= 10 {
            body.put_u128(1); // its id
        }
        body.put_u8(0); // not one of Kafka's own
        put_count(&mut body, 1);
        body.put_i16(LEADER_NOT_AVAILABLE);
        body.put_i32(0); // the partition
        body.put_i32(-1); // no leader
        body.put_i32(-1); // of no epoch
        for _replicas in ["all", "in sync", "offline"] {
            put_count(&mut body, 0);
        }
        body.put_u8(0);
        body.put_i32(i32::MIN); // what one may do with it was not asked
        body.put_u8(0);
    }
    if version <= 10 {
        body.put_i32(i32::MIN); // nor with the cluster
    }
    if version >= 13 {
        body.put_i16(0);
    }
    body.put_u8(0);
    body
}

/// How many elements follow, up to 126.
fn put_count(body: &mut Vec<u8>, count: u8) {
    body.put_u8(count + 1);
}
