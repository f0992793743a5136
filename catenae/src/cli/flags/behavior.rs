//! The flags of what is promised, what becomes of failures, and how long things may take.

use crate::config::seconds;

use super::{BuiltInFlag, DAY, FlagValue, Heading};

pub(in super::super) const DELIVERY: BuiltInFlag =
    BuiltInFlag::new("::delivery", "CATENAE_DELIVERY", Heading::Behavior)
        .help(
            "PROMISE",
            "What is promised about lost and repeated electrons: `at-least-once`, `at-most-once` \
             (committed before it is handled) or `exactly-once` (from Kafka to Kafka, by \
             transactions; needs input and output streams)",
        )
        .default("at-least-once");
pub(in super::super) const COMMIT_INTERVAL: BuiltInFlag = BuiltInFlag::new(
    "::commit-interval",
    "CATENAE_COMMIT_INTERVAL",
    Heading::Behavior,
)
.help(
    "SECONDS",
    "How long a transaction of exactly-once lasts, 0.001 to 60: readers see outputs only when it \
     is over",
)
.default("0.1")
.put(|text, config| {
    config.commit_interval = seconds(text, 60)?;
    Ok(())
});
pub(in super::super) const SEQ: BuiltInFlag =
    BuiltInFlag::new("::seq", "CATENAE_SEQ", Heading::Behavior)
        .help(
            "",
            "One electron at a time over the whole instance, outputs in that order",
        )
        .takes(FlagValue::Switch);
pub(in super::super) const SYNC: BuiltInFlag =
    BuiltInFlag::new("::sync", "CATENAE_SYNC", Heading::Behavior)
        .help(
            "",
            "As --seq, and each input is committed before the next is taken",
        )
        .takes(FlagValue::Switch);
pub(in super::super) const RETRY: BuiltInFlag =
    BuiltInFlag::new("::retry", "CATENAE_RETRY", Heading::Behavior)
        .help(
            "RETRY",
            "How often an electron that failed is tried again, and when: \
         `max=5,backoff=100ms..10s,jitter`; with `,park` it waits beside the lane with later \
             electrons of its key while other keys go on, with `,delayed` it waits in a stream; \
             or `none`",
        )
        .default("none");
pub(in super::super) const ON_ERROR: BuiltInFlag =
    BuiltInFlag::new("::on-error", "CATENAE_ON_ERROR", Heading::Behavior)
        .help(
            "WHAT",
            "What happens to an electron that failed, after its retries: `fail` (stop), `skip` or \
             `dead_letter` (write it to `<input>.<class>.dlq`); for single kinds of failure \
             `decode=dead_letter,handler=skip,panic=fail`",
        )
        .default("fail");
pub(in super::super) const CAP: BuiltInFlag =
    BuiltInFlag::new("::give-up-cap", "CATENAE_GIVE_UP_CAP", Heading::Behavior)
        .help(
            "CAP",
            "How many electrons may be skipped or written to the dead letters before the \
             micromodule stops anyway: in a row, and per hundred of the last thousand",
        )
        .default("run=100,percent=10");
pub(in super::super) const STALL_TIMEOUT: BuiltInFlag = BuiltInFlag::new(
    "::stall-timeout",
    "CATENAE_STALL_TIMEOUT",
    Heading::Behavior,
)
.help(
    "SECONDS",
    "How long a partition with a lag may be stalled before this is reported",
)
.default("30")
.put(|text, config| {
    config.stall_timeout = seconds(text, DAY)?;
    Ok(())
});
pub(in super::super) const ON_RECREATE: BuiltInFlag = BuiltInFlag::new(
    "::on-recreate",
    "CATENAE_ON_RECREATE",
    Heading::Behavior,
)
.help(
    "WHAT",
    "What happens when a stream in use was deleted and created again: `fail` (stop, and name both \
     ids) or `from-beginning` (inputs are read again from their beginning, and sending goes on to the \
     new outputs)",
)
.default("fail")
.put(|text, config| {
    config.on_recreate = text.parse()?;
    Ok(())
});
pub(in super::super) const SHUTDOWN: BuiltInFlag = BuiltInFlag::new(
    "::shutdown-timeout",
    "CATENAE_SHUTDOWN_TIMEOUT",
    Heading::Behavior,
)
.help(
    "SECONDS",
    "How long an orderly stop may take before the process ends anyway",
)
.default("8")
.put(|text, config| {
    config.shutdown_timeout = seconds(text, DAY)?;
    Ok(())
});
pub(in super::super) const TIME_LIMIT: BuiltInFlag = BuiltInFlag::new(
    "::time-limit",
    "CATENAE_TIME_LIMIT",
    Heading::Behavior,
)
.help(
    "SECONDS",
    "How long the topology may take until its sources have ended and everything is read; after \
     that it stops, reports what is unfinished, and exits with status 1",
)
.topology();
pub(in super::super) const RPC: BuiltInFlag = BuiltInFlag::new(
    "::rpc",
    "CATENAE_RPC",
    Heading::Behavior,
)
.help(
    "on|off",
    "Whether the micromodule answers calls from other micromodules and can be found by them; \
     with `off` it needs no streams except its own, and a call made by its functions is an \
     error",
)
.default("on")
.put(|text, config| {
    config.rpc = text.parse()?;
    Ok(())
});
