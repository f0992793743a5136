//! The space station, whose position a server of the test gives.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::check_runs;
use crate::readme::readme;

/// The answer to the question of this number: half a degree to the north every five seconds, and
/// once none.
fn answer(number: u32) -> (&'static str, String) {
    if number == 1 {
        return ("503 Service Unavailable", String::new());
    }
    let (seconds, latitude) = (1_574_000_000 + 5 * number, f64::from(number) / 2.0 - 1.0);
    let json = format!(
        r#"{{"message": "success", "timestamp": {seconds}, "iss_position": {{"latitude": "{latitude:.4}", "longitude": "-20.5"}}}}"#
    );
    ("200 OK", json)
}

fn serve(stream: TcpStream, number: u32) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let (status, body) = answer(number);
    let length = body.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

#[test]
fn the_station_moves() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/iss-now.json", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in (0..).zip(listener.incoming()) {
            serve(stream.unwrap(), number).unwrap();
        }
    });
    let printed = check_runs(&readme("iss"), &["--url", &url]);
    // From 1.0 S to the equator in 10 s, as the question between had no answer, then on in 5 s;
    // a degree is 111.195 km.
    let expected = [
        "over 0.00 N, 20.50 W: 40030 km/h, 111 km since the start",
        "over 0.50 N, 20.50 W: 40030 km/h, 167 km since the start",
    ];
    assert_eq!(printed, [expected]);
}
