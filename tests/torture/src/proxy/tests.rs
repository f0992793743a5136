//! What each toxic does to a server that echoes.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::{Proxy, Toxic};

const DEADLINE: Duration = Duration::from_secs(20);

fn behind(check: impl FnOnce(&Proxy, &mut dyn FnMut() -> TcpStream)) {
    let runtime = Runtime::new().expect("a runtime");
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = Proxy::start(runtime.handle()).expect("a port");
    proxy.lead_to(server.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in server.incoming().flatten() {
            thread::spawn(move || {
                let mut copy = stream.try_clone().expect("a second handle");
                let _ = io::copy(&mut stream, &mut copy);
            });
        }
    });
    let mut connect = || {
        let stream = TcpStream::connect(("127.0.0.1", proxy.port())).expect("a connection");
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        stream
    };
    check(&proxy, &mut connect);
}

fn echo(stream: &mut TcpStream, bytes: usize) -> io::Result<usize> {
    stream.write_all(&vec![7; bytes])?;
    let mut back = vec![0; bytes];
    let mut read = 0;
    while read < bytes {
        match stream.read(&mut back[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

#[test]
fn clean_passes_everything() {
    behind(|_, connect| {
        assert_eq!(echo(&mut connect(), 300_000).expect("an echo"), 300_000);
    });
}

#[test]
fn latency_is_added_each_way() {
    behind(|proxy, connect| {
        proxy.poison(Toxic::Latency(Duration::from_millis(50)));
        let before = Instant::now();
        assert_eq!(echo(&mut connect(), 10).expect("an echo"), 10);
        assert!(before.elapsed() >= Duration::from_millis(100));
    });
}

#[test]
fn a_hole_keeps_what_it_swallows() {
    behind(|proxy, connect| {
        let mut stream = connect();
        assert_eq!(echo(&mut stream, 10).expect("an echo"), 10);
        proxy.poison(Toxic::Hole);
        stream.write_all(b"held").expect("it is taken");
        let short = Some(Duration::from_millis(50));
        stream.set_read_timeout(short).expect("a timeout");
        let mut back = [0; 4];
        assert!(stream.read(&mut back).is_err());
        proxy.poison(Toxic::Clean);
        stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
        stream.read_exact(&mut back).expect("it comes");
        assert_eq!(&back, b"held");
    });
}

#[test]
fn a_reset_ends_open_connections() {
    behind(|proxy, connect| {
        let mut stream = connect();
        assert_eq!(echo(&mut stream, 10).expect("an echo"), 10);
        proxy.poison(Toxic::Reset);
        let error = stream.read(&mut [0]).expect_err("no end in order");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_cut_comes_after_its_bytes() {
    behind(|proxy, connect| {
        proxy.poison(Toxic::Cut { after: 1000 });
        let mut stream = connect();
        assert_eq!(echo(&mut stream, 900).expect("an echo"), 900);
        assert_ne!(echo(&mut stream, 900).ok(), Some(900));
    });
}
