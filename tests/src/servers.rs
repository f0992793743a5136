//! Servers that are no Kafka, for those who connect to the wrong port, and one that is none yet.

mod starting;

use std::hash::{BuildHasher as _, RandomState};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use crate::wait::DEADLINE;

/// A server on a port of 127.0.0.1, until the test program ends.
pub struct Server {
    address: String,
}

/// What a server does with a connection.
#[derive(Clone, Copy, Debug)]
pub enum Manners {
    /// Answers whatever comes with this, and closes.
    Answers(&'static [u8]),
    /// Closes when something was said.
    Closes,
    /// Says nothing, and holds the connection.
    Silent,
}

impl Server {
    /// One that treats its clients so.
    ///
    /// # Panics
    /// When there is no port to be had.
    #[must_use]
    pub fn start(manners: Manners) -> Self {
        let (listener, address) = listen();
        thread::spawn(move || {
            let mut held = Vec::new();
            for connection in listener.incoming().flatten() {
                if let Some(connection) = treat(connection, manners) {
                    held.push(connection);
                }
            }
        });
        Self { address }
    }

    /// An address where nobody listens, see [`closed_ports`](Self::closed_ports).
    ///
    /// # Panics
    /// When there is no port to be had.
    #[must_use]
    pub fn closed_port() -> String {
        let [address] = Self::closed_ports();
        address
    }

    /// Addresses where nobody listens: on ports below those that the system gives to outgoing connections, and
    /// below those of `kafka.sh`, so that it stays so until somebody listens there on purpose.
    ///
    /// # Panics
    /// When there are no ports to be had.
    #[must_use]
    pub fn closed_ports<const N: usize>() -> [String; N] {
        // Held until all are known, so that no two are the same.
        let mut held: Vec<TcpListener> = Vec::new();
        let deadline = Instant::now() + DEADLINE;
        while held.len() < N {
            assert!(Instant::now() < deadline, "no free port");
            let port = 10_000 + RandomState::new().hash_one(held.len()) % 10_000;
            let port = u16::try_from(port).expect("below 20,000");
            held.extend(TcpListener::bind(("127.0.0.1", port)));
        }
        let address = |held: &TcpListener| held.local_addr().expect("an address").to_string();
        let addresses: Vec<String> = held.iter().map(address).collect();
        addresses.try_into().expect("as many as were asked for")
    }

    /// Where it listens, as `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// A free port of 127.0.0.1, and its address.
fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    (listener, address)
}

/// Returns the connection when it is to be held.
fn treat(mut connection: TcpStream, manners: Manners) -> Option<TcpStream> {
    match manners {
        Manners::Silent => return Some(connection),
        Manners::Answers(answer) => {
            let _ = connection.read(&mut [0; 64]);
            let _ = connection.write_all(answer);
        }
        Manners::Closes => {
            let _ = connection.read(&mut [0; 64]);
        }
    }
    None
}
