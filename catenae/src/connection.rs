//! What the Kafka client says about its connections, and what that means for whoever runs the program.

mod advice;
mod feature;
mod login;
mod report;
mod reported;

pub(crate) use crate::connection::reported::{ReportAction, ReportedConnections};
pub(crate) use advice::{explain, told};
pub(crate) use feature::missing_feature;
pub(crate) use login::Login;
pub(crate) use report::{Peer, Reason, Report};

#[cfg(test)]
mod tests;
