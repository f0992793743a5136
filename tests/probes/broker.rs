//! An embedded broker as a process of its own, so that a test can stop it in the middle.

use std::error::Error;
use std::thread;

/// `probe-broker lines=4 words=2` prints its address and runs until it is ended.
pub fn program() -> Result<(), Box<dyn Error>> {
    let broker = catenae::EmbeddedBroker::start()?;
    for stream in std::env::args().skip(1) {
        let (name, partitions) = stream.split_once('=').ok_or("write stream=partitions")?;
        broker.create_stream(name, partitions.parse()?)?;
    }
    println!("listening on {}", broker.address());
    loop {
        thread::park();
    }
}
