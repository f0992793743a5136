//! What the consumer is subscribed to: the open inputs, and all but one for a moment where the group must share that again.

use rdkafka::consumer::Consumer as _;

use super::Reader;
use crate::context::InputChange;
use crate::error::{Error, ErrorKind};
use crate::kafka::consumer::intake::Rejoins;
use crate::stream::StreamName;

impl Reader<'_, '_> {
    pub(super) fn subscribe(&mut self) {
        let inputs = self.intake().inputs.open();
        self.subscribe_to(&inputs);
    }

    /// Lets the group hand out a stream that it has given to nobody: what is subscribed to must change for that.
    pub(super) fn rejoin_for_unowned(&mut self) {
        let Some(stream) = Rejoins::of(self.consumer).next_rejoin() else {
            return;
        };
        tracing::warn!(
            "stream `{stream}` was created again, and no instance reads it: joining the group again"
        );
        let mut others = self.intake().inputs.open();
        others.retain(|other| *other != stream);
        self.subscribe_to(&others);
        self.subscribe();
    }

    fn subscribe_to(&mut self, inputs: &[StreamName]) {
        if inputs.is_empty() {
            self.consumer.unsubscribe();
            return;
        }
        let names: Vec<&str> = inputs.iter().map(|stream| stream.as_str()).collect();
        if let Err(error) = self.consumer.subscribe(&names) {
            let context = format!(
                "{}: cannot subscribe to {}",
                self.intake().instance.who(),
                names.join(", ")
            );
            self.intake()
                .instance
                .fail(Error::new(ErrorKind::Kafka, context).caused_by(error));
        }
    }

    pub(super) fn apply_changes(&mut self) {
        let changes = self.port.take_changes();
        let mut changed = false;
        for change in changes {
            let applied = match &change {
                InputChange::Add(stream) => {
                    let ensured = self.streams.ensure_input(stream, &self.intake().instance);
                    ensured.map(|retries| {
                        let added = self.intake().set_input(stream, true);
                        // What already waits for a retry goes on waiting when its input is removed.
                        retries.is_some_and(|retries| self.intake().set_input(&retries, true))
                            || added
                    })
                }
                InputChange::Remove(stream) => Ok(self.intake().set_input(stream, false)),
            };
            match applied {
                Ok(applied) => changed |= applied,
                Err(error) => self.intake().instance.fail(error),
            }
        }
        if changed {
            self.subscribe();
        }
    }
}
