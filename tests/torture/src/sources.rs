//! Everything that writes the inputs of a run: the generator, transactions, a stream that is created again.

use std::io;
use std::thread;

use crate::foreign::Foreign;
use crate::generator::{Entry, Generator, Sending};
use crate::incarnations::{Incarnation, Incarnations};
use crate::snapshot::Snapshot;

/// All of it, at work.
#[derive(Debug)]
pub struct Sources {
    generator: Generator,
    foreign: Option<Foreign>,
    incarnations: Option<Incarnations>,
    /// What the generator writes to.
    sending: Sending,
}

/// What was written, and what lies on the streams when nobody writes any more.
#[derive(Debug, Default)]
pub struct Written {
    /// What became of each send.
    pub journal: Vec<Entry>,
    /// The streams: those that were created again in the order of their incarnations.
    pub incarnations: Vec<Incarnation>,
}

impl Sources {
    /// Starts to write; `transactions` as well, and to the stream of `incarnations`.
    #[must_use]
    pub fn start(sending: Sending, transactions: bool, incarnations: Option<Incarnations>) -> Self {
        let foreign = transactions.then(|| {
            let mut sending = sending.clone();
            sending.journal.set_file_name("transactions.jsonl");
            Foreign::start(sending)
        });
        Self {
            generator: Generator::start(sending.clone()),
            foreign,
            incarnations,
            sending,
        }
    }

    /// The stream that can be created again, if there is one.
    pub fn incarnations(&mut self) -> Option<&mut Incarnations> {
        self.incarnations.as_mut()
    }

    /// Ends the writing, and reads what was written.
    ///
    /// # Errors
    /// When a stream cannot be read.
    pub fn finish(self) -> io::Result<Written> {
        let again = self
            .incarnations
            .map(|incarnations| thread::spawn(|| incarnations.finish()));
        let foreign = self.foreign.map(Foreign::finish).unwrap_or_default();
        let mut written = Written {
            journal: self.generator.finish(),
            incarnations: Vec::new(),
        };
        written.journal.extend(foreign);
        let Sending {
            brokers,
            streams,
            partitions,
            ..
        } = self.sending;
        let partitions = i32::try_from(partitions).unwrap_or(1);
        for (stream, name) in streams {
            let held = Snapshot::of(&brokers, &name, partitions).map_err(io::Error::other)?;
            written.incarnations.push(Incarnation {
                stream,
                id: None,
                held,
            });
        }
        if let Some(again) = again {
            let (incarnations, entries) = again.join().expect("no panic")?;
            written.incarnations.extend(incarnations);
            written.journal.extend(entries);
        }
        Ok(written)
    }
}

impl Written {
    /// A stream of inputs as it is now; `None` for one that is none.
    #[must_use]
    pub fn last_incarnation(&self, stream: usize) -> Option<&Incarnation> {
        let mut incarnations = self.incarnations.iter();
        incarnations.rfind(|incarnation| incarnation.stream as usize == stream)
    }
}
