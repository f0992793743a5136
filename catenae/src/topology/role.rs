//! What a link does for the end of its topology: whether it is waited for, and when it stops.

use crate::config::Config;

/// What a link is to the end of its topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkRole {
    /// It reads streams.
    Reader,
    /// It sends by itself, or is called once and returns: the topology goes on until it has ended.
    Source,
    /// It is called again and again and sends nothing: it has no end of its own.
    Ticker,
    /// It only answers calls.
    Server,
}

impl LinkRole {
    /// The role of a link that `serves` methods or does not.
    pub(super) fn of(config: &Config, takes_message: bool, serves: bool) -> Self {
        match (takes_message, config.outputs.is_empty(), config.every) {
            (true, _, _) => Self::Reader,
            (false, false, _) => Self::Source,
            (false, true, Some(_)) => Self::Ticker,
            (false, true, None) if serves => Self::Server,
            (false, true, None) => Self::Source,
        }
    }
}

/// Which links have to come to their end before the topology does: its sources. One that has none, but
/// links that tick and serve nobody, ends with these.
pub(super) fn awaited(links: &[(LinkRole, bool)]) -> Vec<bool> {
    let is_source = |(role, _): &(LinkRole, bool)| *role == LinkRole::Source;
    let ticks = |(role, serves): &(LinkRole, bool)| *role == LinkRole::Ticker && !serves;
    if links.iter().any(is_source) {
        links.iter().map(is_source).collect()
    } else {
        links.iter().map(ticks).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_waited_for_and_tickers_only_where_there_is_none() {
        let check = |links: &[(LinkRole, bool)], expected: &[bool]| {
            assert_eq!(awaited(links), expected, "{links:?}");
        };
        let (source, reader) = ((LinkRole::Source, false), (LinkRole::Reader, true));
        let (ticker, server) = ((LinkRole::Ticker, false), (LinkRole::Server, true));
        check(
            &[source, reader, ticker, server],
            &[true, false, false, false],
        );
        check(&[source, source], &[true, true]);
        check(&[ticker, server, server], &[true, false, false]);
        check(&[(LinkRole::Ticker, true), server], &[false, false]);
        check(&[reader], &[false]);
    }
}
