//! The flags of what is promised, what becomes of failures, and how long things may take.

use super::{Flag, Heading, Takes};

pub(in super::super) const DELIVERY: Flag =
    Flag::new("::delivery", "CATENAE_DELIVERY", Heading::Behavior)
        .help(
            "PROMISE",
            "What is promised about lost and repeated electrons: `at-least-once`, `at-most-once` \
             (committed before it is handled) or `exactly-once` (from Kafka to Kafka, by \
             transactions; needs input and output streams)",
        )
        .default("at-least-once");
pub(in super::super) const COMMIT_INTERVAL: Flag = Flag::new(
    "::commit-interval",
    "CATENAE_COMMIT_INTERVAL",
    Heading::Behavior,
)
.help(
    "SECONDS",
    "How long a transaction of exactly-once lasts, 0.001 to 60: outputs are seen when it is over",
)
.default("0.1");
pub(in super::super) const SEQ: Flag = Flag::new("::seq", "CATENAE_SEQ", Heading::Behavior)
    .help(
        "",
        "One electron at a time over the whole instance, outputs in that order",
    )
    .takes(Takes::Switch);
pub(in super::super) const SYNC: Flag = Flag::new("::sync", "CATENAE_SYNC", Heading::Behavior)
    .help(
        "",
        "As --seq, and each input is committed before the next is taken",
    )
    .takes(Takes::Switch);
pub(in super::super) const RETRY: Flag = Flag::new("::retry", "CATENAE_RETRY", Heading::Behavior)
    .help(
        "RETRY",
        "How often an electron that failed is tried again, and when: \
         `max=5,backoff=100ms..10s,jitter`; with `,park` its key waits beside the lane while others \
         go on, with `,delayed` it waits in a stream; or `none`",
    )
    .default("none");
pub(in super::super) const ON_ERROR: Flag =
    Flag::new("::on-error", "CATENAE_ON_ERROR", Heading::Behavior)
        .help(
            "WHAT",
            "What happens to an electron that failed, after its retries: `fail` (stop), `skip` or \
             `dead_letter` (write it to `<input>.<class>.dlq`); for single kinds of failure \
             `decode=dead_letter,handler=skip,panic=fail`",
        )
        .default("fail");
pub(in super::super) const CAP: Flag =
    Flag::new("::give-up-cap", "CATENAE_GIVE_UP_CAP", Heading::Behavior)
        .help(
            "CAP",
            "How many electrons may be skipped or written to the dead letters before the \
             micromodule stops all the same: in a row, and in a hundred of the last thousand",
        )
        .default("run=100,percent=10");
pub(in super::super) const STALL_TIMEOUT: Flag = Flag::new(
    "::stall-timeout",
    "CATENAE_STALL_TIMEOUT",
    Heading::Behavior,
)
.help(
    "SECONDS",
    "How long a partition with a lag may stand still before it is reported",
)
.default("30");
pub(in super::super) const SHUTDOWN: Flag = Flag::new(
    "::shutdown-timeout",
    "CATENAE_SHUTDOWN_TIMEOUT",
    Heading::Behavior,
)
.help(
    "SECONDS",
    "How long an orderly stop may take before the process ends anyway",
)
.default("8");
pub(in super::super) const RPC: Flag = Flag::new("::rpc", "CATENAE_RPC", Heading::Behavior)
    .help(
        "on|off",
        "Whether it answers calls of other micromodules and can be found by them; `off` needs no \
         streams but its own, and a call that its functions make is an error",
    )
    .default("on");
