//! A stream that is deleted and created again while links read it: each of its incarnations is another stream.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::generator::{Entry, Generator, Sending};
use crate::pace::pause;
use crate::snapshot::Snapshot;
use crate::streams::{Stream, Streams};

/// What a stream was from one creation to the next.
#[derive(Clone, Debug)]
pub struct Incarnation {
    /// The number of the stream.
    pub stream: u32,
    /// Its id, as Kafka says; not asked for where it is the only one.
    pub id: Option<String>,
    /// What it held when it was deleted, or when the run ended.
    pub held: Snapshot,
}

impl Incarnation {
    /// Whether an offset that was committed for a stream of such an id was committed for this one.
    #[must_use]
    pub fn is_named(&self, id: Option<&str>) -> bool {
        self.id.is_none() || self.id.as_deref() == id
    }
}

/// The stream, and the generator that writes to it.
#[derive(Debug)]
pub struct Incarnations {
    /// `None` while it is being created again.
    now: Option<Now>,
    cycle: Option<JoinHandle<io::Result<Now>>>,
}

/// The incarnation that it is in.
#[derive(Debug)]
struct Now {
    past: Past,
    generator: Generator,
}

/// The incarnations before, and what the next one needs.
#[derive(Debug)]
struct Past {
    streams: Streams,
    stream: Stream,
    /// What the generator of the next incarnation is told.
    sending: Sending,
    incarnations: Vec<Incarnation>,
    written: Vec<Entry>,
}

impl Incarnations {
    /// Begins to write to a stream that there is. `sending` names that and no other.
    #[must_use]
    pub fn start(streams: Streams, stream: Stream, sending: Sending) -> Self {
        let past = Past {
            streams,
            stream,
            sending,
            incarnations: Vec::new(),
            written: Vec::new(),
        };
        Self {
            now: Some(past.begin()),
            cycle: None,
        }
    }

    /// Begins to delete the stream and to create it again after `down`; the new one begins with so many
    /// percent of what each partition held. Returns whether it was not busy with that already.
    pub fn recreate(&mut self, down: Duration, percent: u64) -> bool {
        let Some(now) = self.now.take() else {
            return false;
        };
        self.cycle = Some(thread::spawn(move || now.again(down, percent)));
        true
    }

    /// Notices that the stream is there again; returns whether it is.
    ///
    /// # Panics
    /// When it cannot be created again.
    pub fn look(&mut self) -> bool {
        if let Some(cycle) = self.cycle.take_if(|cycle| cycle.is_finished()) {
            let again = cycle.join().expect("no panic");
            self.now = Some(again.unwrap_or_else(|error| panic!("recreation: {error}")));
        }
        self.now.is_some()
    }

    /// Ends the writing; returns the incarnations of the stream, and what was written in each.
    ///
    /// # Errors
    /// When the last one cannot be read.
    pub fn finish(mut self) -> io::Result<(Vec<Incarnation>, Vec<Entry>)> {
        while !self.look() {
            pause(Duration::from_millis(10));
        }
        let now = self.now.expect("it is there");
        let past = now.end()?;
        Ok((past.incarnations, past.written))
    }
}

impl Now {
    /// Ends the writing, and takes down what the stream held.
    fn end(self) -> io::Result<Past> {
        let mut past = self.past;
        past.written.extend(self.generator.finish());
        let Stream {
            name, partitions, ..
        } = &past.stream;
        let held = Snapshot::of(&past.sending.brokers, name, *partitions);
        past.incarnations.push(Incarnation {
            stream: past.sending.streams[0].0,
            id: Some(past.streams.id(name)?),
            held: held.map_err(io::Error::other)?,
        });
        Ok(past)
    }

    fn again(self, down: Duration, percent: u64) -> io::Result<Self> {
        let mut past = self.end()?;
        past.streams.recreate(&past.stream, down)?;
        let ends = past
            .incarnations
            .last()
            .into_iter()
            .flat_map(|last| &last.held.ends);
        let first = ends.map(|end| end.unsigned_abs() * percent / 100);
        let sending = &mut past.sending;
        sending.first = first.collect();
        sending.backlog = 0;
        sending.incarnation += 1;
        let journal = format!("sent-again-{}.jsonl", sending.incarnation);
        sending.journal.set_file_name(journal);
        Ok(past.begin())
    }
}

impl Past {
    fn begin(self) -> Now {
        let generator = Generator::start(self.sending.clone());
        Now {
            past: self,
            generator,
        }
    }
}
