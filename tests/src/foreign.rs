//! Foreign clients, which share no code with the library: they read and write the same streams.

mod kcat;
mod rskafka;

use crate::broker::TestBroker;

/// Key and value.
pub type Row<'a> = (Option<&'a str>, &'a str);

/// A client that knows Kafka from elsewhere than librdkafka's binding for Rust.
#[derive(Clone, Copy, Debug)]
pub enum Foreign {
    /// The crate `rskafka`: the protocol in Rust alone. It needs nothing installed.
    Rskafka,
    /// The program `kcat`. It has to be installed.
    Kcat,
}

impl Foreign {
    /// Writes rows to a stream of one partition, in order, each with these headers.
    ///
    /// # Panics
    /// When the client is not installed, or the broker does not take them.
    #[track_caller]
    pub fn write(
        self,
        broker: &TestBroker,
        stream: &str,
        headers: &[(&str, &str)],
        rows: &[Row<'_>],
    ) {
        match self {
            Self::Rskafka => rskafka::write(broker, stream, headers, rows),
            Self::Kcat => kcat::write(broker, stream, headers, rows),
        }
    }

    /// Everything on a stream of one partition, each as `key|value|name=value,…`.
    ///
    /// # Panics
    /// When the client is not installed, or the broker does not answer.
    #[must_use]
    #[track_caller]
    pub fn read(self, broker: &TestBroker, stream: &str) -> Vec<String> {
        match self {
            Self::Rskafka => rskafka::read(broker, stream),
            Self::Kcat => kcat::read(broker, stream),
        }
    }
}
