//! What follows from a delivery that failed: sent again, the failure of its electron, or the end.

use std::borrow::Cow;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Message as _};
use rdkafka::producer::BaseRecord;

use super::meaning::{DeliveryMeaning, Key, explain, meaning};
use super::refusals::Certainty;
use super::reports::{DeliveryReports, Outcome, ProducerShared, SendMode, Settles};
use crate::kafka::client::headers;
use crate::kafka::client::record::HeadersRef;
use crate::kafka::producer::copies::{CopyChange, ForwardCopy, Purpose};
use crate::kafka::producer::dead_letters::name;
use crate::outcome::{Failure, FailureKind};
use crate::settle::tracker::Slot;
use crate::stream::StreamName;

impl DeliveryReports {
    /// Sends again what another answer may come to, and says how the rest failed.
    pub(super) fn judge(
        &self,
        error: &KafkaError,
        message: &BorrowedMessage<'_>,
        settles: Settles,
    ) -> Outcome {
        let code = error.rdkafka_error_code();
        let meaning = meaning(code);
        let again = match (meaning, self.sent) {
            (DeliveryMeaning::Record | DeliveryMeaning::Company, SendMode::InBatches) => {
                self.send_alone(message, settles)
            }
            (DeliveryMeaning::Record, SendMode::Alone) => self.send_changed(message, settles, code),
            _ => false,
        };
        if again {
            return Outcome::UnderWay;
        }
        let words = explain(error, Key::of(message.key()));
        let text = format!("stream `{}`: {words}", message.topic());
        Outcome::Failed(self.shared.failure(meaning, settles, message.topic(), text))
    }

    /// Sends an electron again, as it was.
    fn send_alone(&self, message: &BorrowedMessage<'_>, settles: Settles) -> bool {
        let stream = StreamName::from(message.topic());
        if let Settles::Copy(_) = settles {
            let copy = self.shared.copy(&stream, message);
            return self.send(&copy, message, settles);
        }
        let mut record = BaseRecord::with_opaque_to(stream.as_str(), settles.to_opaque());
        (record.key, record.payload) = (message.key(), message.payload());
        record.headers = message.headers().map(BorrowedHeaders::detach);
        self.give(record, message)
    }

    /// Sends a copy again, changed so that its stream may take it.
    fn send_changed(
        &self,
        message: &BorrowedMessage<'_>,
        settles: Settles,
        code: Option<RDKafkaErrorCode>,
    ) -> bool {
        let (Settles::Copy(_), Some(code)) = (settles, code) else {
            return false;
        };
        let stream = StreamName::from(message.topic());
        let copy = self.shared.copy(&stream, message);
        let Some(change) = copy.remedy(code) else {
            return false;
        };
        self.shared.habits.learn(&copy, change, code);
        let before = copy.content();
        let copy = copy.change(change);
        let sent = self.send(&copy, message, settles);
        if sent {
            self.shared.sent.resize(before, copy.content());
        }
        sent
    }

    fn send(
        &self,
        copy: &ForwardCopy<'_>,
        message: &BorrowedMessage<'_>,
        settles: Settles,
    ) -> bool {
        let mut record = BaseRecord::with_opaque_to(copy.stream.as_str(), settles.to_opaque());
        (record.key, record.payload) = (copy.key.as_deref(), copy.value);
        record.timestamp = copy.timestamp;
        record.headers = Some(copy.headers.clone());
        self.give(record, message)
    }

    /// Hands it to the producer of those that go alone, for the partition that it was meant for.
    fn give(
        &self,
        mut record: BaseRecord<'_, [u8], [u8], usize>,
        message: &BorrowedMessage<'_>,
    ) -> bool {
        record.partition = Some(message.partition()).filter(|partition| *partition >= 0);
        let Some(alone) = &self.shared.alone else {
            return false;
        };
        match alone.send(&self.shared, record) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!("kafka: an electron is not sent again on its own: {error}");
                false
            }
        }
    }
}

impl ProducerShared {
    /// How it failed that was not sent again.
    pub(super) fn failure(
        &self,
        meaning: DeliveryMeaning,
        settles: Settles,
        stream: &str,
        text: String,
    ) -> Failure {
        let refused = matches!(meaning, DeliveryMeaning::Record | DeliveryMeaning::Stream);
        let (kind, text) = match settles {
            Settles::Copy(_) if self.is_retry(stream) && refused => (
                FailureKind::Refused,
                format!("it cannot wait on its retry stream: {text}"),
            ),
            Settles::Copy(_) if !self.is_retry(stream) => (
                FailureKind::Delivery,
                format!("its dead letter was not accepted: {text}"),
            ),
            _ if refused => (FailureKind::Refused, text),
            _ => (FailureKind::Delivery, text),
        };
        Failure::new(kind, text)
    }

    fn is_retry(&self, stream: &str) -> bool {
        self.side
            .input_of_retries(&StreamName::from(stream))
            .is_some()
    }

    /// Whether a failure is one of the electron that sent it, and not of the client.
    pub(super) fn is_for_its_electron(
        &self,
        failure: &Failure,
        settles: Settles,
        code: Option<RDKafkaErrorCode>,
    ) -> bool {
        let refused = matches!(
            meaning(code),
            DeliveryMeaning::Record | DeliveryMeaning::Stream
        );
        failure.kind() == FailureKind::Refused || matches!(settles, Settles::Copy(_)) && refused
    }

    /// What was not delivered in a transaction, which is aborted for it. What is known of it then is
    /// there before its electron is read again.
    pub(super) fn failed_in_transaction(
        &self,
        failure: &Failure,
        slot: Option<Slot>,
        message: &BorrowedMessage<'_>,
        settles: Settles,
        code: Option<RDKafkaErrorCode>,
    ) {
        let meaning = meaning(code);
        let Some(slot) = slot else {
            if !matches!(meaning, DeliveryMeaning::Passes | DeliveryMeaning::Company) {
                self.fail(failure.restate(), None);
            }
            return;
        };
        let headers = message.headers().map_or(0, headers::native_size);
        let size = message.payload_len() + message.key_len() + headers;
        // What is larger than a batch may be has one of its own.
        let alone = self.refusals.is_claimed(slot) || size > self.batch_bytes;
        match (meaning, settles) {
            (DeliveryMeaning::Record, Settles::Copy(_)) if !alone => {
                self.refusals.note_void(slot, Certainty::Perhaps);
            }
            (DeliveryMeaning::Record, Settles::Copy(_)) => {
                let stream = StreamName::from(message.topic());
                let copy = self.copy(&stream, message);
                let code = code.unwrap_or(RDKafkaErrorCode::InvalidRecord);
                match copy.remedy(code) {
                    // It is written again when its electron fails again.
                    Some(change) => self.habits.learn(&copy, change, code),
                    None => self
                        .refusals
                        .note_void(slot, Certainty::Surely(failure.restate())),
                }
            }
            // Also where Kafka names the ones at fault: of a batch that the client sends again, all have been told
            // so.
            (DeliveryMeaning::Record, _) if !alone => {
                self.refusals.note_void(slot, Certainty::Perhaps);
            }
            (DeliveryMeaning::Record | DeliveryMeaning::Stream, _) => {
                self.refusals
                    .note_void(slot, Certainty::Surely(failure.restate()));
            }
            (DeliveryMeaning::Client, _) => self.fail(failure.restate(), Some(slot)),
            (DeliveryMeaning::Company | DeliveryMeaning::Passes, _) => {}
        }
    }

    /// What was sent, as the copy that it was.
    fn copy<'m>(
        &self,
        stream: &'m StreamName,
        message: &'m BorrowedMessage<'_>,
    ) -> ForwardCopy<'m> {
        let headers = message.headers().map(BorrowedHeaders::detach);
        let headers = headers.unwrap_or_default();
        let purpose = match self.side.input_of_retries(stream) {
            Some(_) => Purpose::Retry,
            None => Purpose::DeadLetter,
        };
        // The client does not tell the time of what was not delivered.
        let original = || {
            let text = headers::last(headers.as_borrowed(), name::TIMESTAMP)?;
            std::str::from_utf8(text).ok()?.parse().ok()
        };
        let changed =
            CopyChange::listed(HeadersRef(headers.as_borrowed())).contains(&CopyChange::Timestamp);
        let keeps = purpose == Purpose::DeadLetter && !changed;
        ForwardCopy {
            stream,
            key: message.key().map(Cow::Borrowed),
            value: message.payload(),
            timestamp: keeps.then(original).flatten(),
            headers,
            purpose,
        }
    }
}
