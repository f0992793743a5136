//! Which micromodule an event belongs to.

use tracing::Span;
use tracing::field::{Field, Visit};
use tracing::span::Attributes;

use crate::config::Uid;

/// The target of identity spans: no filter but `off` hides them.
pub(super) const TARGET: &str = "catenae::identity";

/// The class and uid of a micromodule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogIdentity {
    pub(super) class: String,
    pub(super) uid: String,
}

/// The span of one running micromodule: entered on each of its threads, it puts `class/uid` on
/// every line logged there.
pub(crate) fn identity_span(class: &str, uid: &Uid) -> Span {
    tracing::error_span!(target: TARGET, "micromodule", class, uid = uid.as_str())
}

impl LogIdentity {
    pub(super) fn new(class: &str, uid: &Uid) -> Self {
        Self {
            class: class.to_owned(),
            uid: uid.to_string(),
        }
    }

    /// What an identity span says; `None` for every other span.
    pub(super) fn of(attributes: &Attributes<'_>) -> Option<Self> {
        (attributes.metadata().target() == TARGET).then(|| {
            let mut identity = Self::default();
            attributes.record(&mut identity);
            identity
        })
    }
}

impl Visit for LogIdentity {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "class" => value.clone_into(&mut self.class),
            "uid" => value.clone_into(&mut self.uid),
            _ => {}
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}
