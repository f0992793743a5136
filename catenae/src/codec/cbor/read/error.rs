//! What is wrong with a CBOR payload, and where.

use std::fmt;

use serde::de;

/// What is wrong with a CBOR payload, and where.
#[derive(Debug)]
pub struct CborError(Box<CborErrorInner>);

#[derive(Debug)]
struct CborErrorInner {
    message: String,
    at: Option<usize>,
}

impl CborError {
    #[cold]
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self(Box::new(CborErrorInner {
            message: message.into(),
            at: Some(at),
        }))
    }

    /// The position, for an error that a visitor raised without knowing it.
    pub(super) fn or_at(mut self, at: usize) -> Self {
        self.0.at.get_or_insert(at);
        self
    }
}

impl fmt::Display for CborError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.at {
            Some(at) => write!(f, " at byte {at}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CborError {}

impl de::Error for CborError {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(CborErrorInner {
            message: message.to_string(),
            at: None,
        }))
    }
}
