//! The backlog gauge.
