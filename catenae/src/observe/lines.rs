//! The layer that turns events into lines.

use std::time::SystemTime;

use serde_json::Value;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::clock::Utc;
use super::identity::LogIdentity;
use super::record::Fields;
use super::text::Color;
use super::{json, text};

/// The form of a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Text(Color),
    Json,
}

/// Turns events into lines.
pub(super) struct Lines<W> {
    pub(super) format: Format,
    /// Whose the events outside every identity span are.
    pub(super) fallback: Option<LogIdentity>,
    pub(super) now: fn() -> SystemTime,
    /// Takes one line with its line break.
    pub(super) write: W,
}

/// One event, ready to be written.
pub(super) struct Line<'l> {
    pub(super) time: Utc,
    pub(super) level: Level,
    pub(super) identity: Option<&'l LogIdentity>,
    pub(super) target: &'l str,
    pub(super) message: &'l str,
    /// The event's own fields, then those of the spans around it, the innermost
    /// first; of two with one name the inner one.
    pub(super) fields: &'l [(&'static str, Value)],
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: Fn(&str) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(identity) = LogIdentity::of(attributes) {
            span.extensions_mut().insert(identity);
        } else {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::default();
        event.record(&mut own);
        let mut identity = None;
        for span in context.event_scope(event).into_iter().flatten() {
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<Fields>() {
                own.add_outer(fields);
            }
            identity = identity.or_else(|| extensions.get::<LogIdentity>().cloned());
        }
        let line = Line {
            time: Utc((self.now)()),
            level: *event.metadata().level(),
            identity: identity.as_ref().or(self.fallback.as_ref()),
            target: event.metadata().target(),
            message: &own.message,
            fields: &own.fields,
        };
        (self.write)(&match self.format {
            Format::Text(color) => text::line(&line, color),
            Format::Json => json::line(&line),
        });
    }
}
