//! What a link promises and what becomes of failures: the choices that tokens alone can refuse.

use proc_macro2::Ident;
use syn::LitStr;

use super::args::LinkArgs;
use super::value::{backoff, millis, ranged, setting_name};
use crate::options::Written;
use crate::refusal::Refusals;

/// The choices of a link; what is `None` or empty was not made.
#[derive(Default)]
pub struct Promise {
    pub delivery: Option<Ident>,
    pub commit_interval_millis: Option<u64>,
    pub order: Option<Ident>,
    pub retry: Option<Retry>,
    pub on_decode: Option<Ident>,
    pub on_handler: Option<Ident>,
    pub on_panic: Option<Ident>,
    pub cap: Option<(u32, u32)>,
    pub kafka: Vec<LitStr>,
}

/// How often a failure is tried again.
pub struct Retry {
    pub max: u32,
    pub first_millis: u64,
    pub longest_millis: u64,
    pub jitter: bool,
    /// `park` or `delayed`
    pub waiting: Option<Ident>,
}

/// Checks the choices, one by one and together.
pub fn validate(written: &LinkArgs, refusals: &mut Refusals) -> Promise {
    check_source(written, refusals);
    check_exactly_once(written, refusals);
    check_at_most_once(written, refusals);
    check_waiting(written, refusals);
    check_order(written, refusals);
    check_cap(written, refusals);
    let word = |word: &Option<Written<Ident>>| word.as_ref().map(|word| word.value.clone());
    let on_error = written.on_error.as_ref().map(|on_error| &on_error.value);
    Promise {
        delivery: word(&written.delivery),
        commit_interval_millis: commit_interval(written, refusals),
        order: word(&written.order),
        retry: retry(written, refusals),
        on_decode: on_error.and_then(|on_error| word(&on_error.decode)),
        on_handler: on_error.and_then(|on_error| word(&on_error.handler)),
        on_panic: on_error.and_then(|on_error| word(&on_error.panic)),
        cap: cap(written, refusals),
        kafka: kafka(written, refusals),
    }
}

fn commit_interval(written: &LinkArgs, refusals: &mut Refusals) -> Option<u64> {
    let period = &written.commit_interval.as_ref()?.value;
    let millis = refusals.keep(millis(period))?;
    if millis > 60_000 {
        let message = "a transaction lasts at most a minute, because the readers of its outputs \
            wait for its end: write at most `\"60s\"`";
        refusals.at(period.span(), message);
    }
    Some(millis)
}

fn retry(written: &LinkArgs, refusals: &mut Refusals) -> Option<Retry> {
    let retry = &written.retry.as_ref()?.value;
    let pauses = match &retry.backoff {
        Some(written) => refusals.keep(backoff(&written.value)),
        None => Some((100, 10_000)),
    };
    let max = &retry.max.as_ref()?.value;
    let max = refusals.keep(ranged(max, 1..=1000, "`max`"))?;
    let (first_millis, longest_millis) = pauses?;
    Some(Retry {
        max,
        first_millis,
        longest_millis,
        jitter: retry.jitter,
        waiting: retry.waiting.clone(),
    })
}

fn cap(written: &LinkArgs, refusals: &mut Refusals) -> Option<(u32, u32)> {
    let cap = &written.cap.as_ref()?.value;
    let mut number = |part: &Option<Written<_>>, most, name, default| match part {
        Some(part) => refusals.keep(ranged(&part.value, 1..=most, name)),
        None => Some(default),
    };
    let run = number(&cap.run, 1_000_000, "`run`", 100);
    let percent = number(&cap.percent, 100, "`percent`", 10);
    Some((run?, percent?))
}

fn kafka(written: &LinkArgs, refusals: &mut Refusals) -> Vec<LitStr> {
    let settings = written.kafka.as_ref().map(|kafka| kafka.value.clone());
    let settings = settings.unwrap_or_default();
    let mut seen = Vec::new();
    for setting in &settings {
        let Some(name) = refusals.keep(setting_name(setting)) else {
            continue;
        };
        if seen.contains(&name) {
            let message = format!("`{name}` is set twice: keep one of them");
            refusals.at(setting.span(), message);
        }
        seen.push(name);
    }
    settings
}

/// A source has no input that could fail, get lost or be repeated.
fn check_source(written: &LinkArgs, refusals: &mut Refusals) {
    if written.mentions("input") {
        return;
    }
    let failures = [
        written.retry.as_ref().map(|option| &option.name),
        written.on_error.as_ref().map(|option| &option.name),
        written.cap.as_ref().map(|option| &option.name),
    ];
    for name in failures.into_iter().flatten() {
        let message = format!(
            "`{name}` applies to electrons of an input that fail, and this link has no input: \
             remove `{name}`, or add `input = \"…\"`; a source that fails stops"
        );
        refusals.at(name.span(), message);
    }
    if let Some(Written { name, .. }) = &written.delivery {
        let message = "`delivery` promises something about the electrons of an input, and this \
                       link has none: remove `delivery`, or add `input = \"…\"`; what a source \
                       sends is not lost once Kafka has it";
        refusals.at(name.span(), message);
    }
}

/// The delivery, when it is this one on a link with an input.
fn has_delivery(written: &LinkArgs, word: &str) -> bool {
    let chosen = written.delivery.as_ref();
    written.mentions("input") && chosen.is_some_and(|chosen| chosen.value == word)
}

fn has_lanes(written: &LinkArgs) -> Option<&syn::LitInt> {
    let lanes = &written.lanes.as_ref()?.value;
    let several = lanes.base10_parse::<u32>().is_ok_and(|lanes| lanes > 1);
    several.then_some(lanes)
}

fn check_exactly_once(written: &LinkArgs, refusals: &mut Refusals) {
    let Some(delivery) = &written.delivery else {
        return;
    };
    if !has_delivery(written, "exactly_once") {
        return;
    }
    if !written.mentions("output") {
        let message = "this link has no `output`, so what it does is outside Kafka: transactions \
                       cover only what goes to streams; add an output, or remove `delivery`";
        refusals.at(delivery.value.span(), message);
    }
    if let Some(lanes) = has_lanes(written) {
        let message = "a link with `delivery = exactly_once` runs on one lane, because a \
                       transaction commits a prefix of each partition: remove `lanes`; to share \
                       the work start more instances";
        refusals.at(lanes.span(), message);
    }
    if let Some(order) = &written.order
        && order.value == "sync"
    {
        let message = "with `delivery = exactly_once` each electron would be a transaction: write \
                       a short `commit_interval` in place of `order = sync`";
        refusals.at(order.value.span(), message);
    }
}

fn check_at_most_once(written: &LinkArgs, refusals: &mut Refusals) {
    if has_delivery(written, "at_most_once")
        && let Some(lanes) = has_lanes(written)
    {
        let message = "a link with `delivery = at_most_once` runs on one lane, because an offset \
                       is committed before its electron is handled, and another lane may hold an \
                       earlier one: remove `lanes`; to share the work start more instances";
        refusals.at(lanes.span(), message);
    }
}

/// Electrons that wait beside the lane or in a stream let others pass.
fn check_waiting(written: &LinkArgs, refusals: &mut Refusals) {
    let retry = written.retry.as_ref();
    let Some(waiting) = retry.and_then(|retry| retry.value.waiting.as_ref()) else {
        return;
    };
    if has_delivery(written, "exactly_once") {
        let message = format!(
            "a transaction commits a prefix of each partition, so nothing in front of it may wait: \
             remove `{waiting}`, or `delivery = exactly_once`"
        );
        refusals.at(waiting.span(), message);
    } else if has_delivery(written, "at_most_once") {
        let message = format!(
            "with `delivery = at_most_once` an electron is committed before it is handled, so one \
             that waits is lost in a crash: remove `{waiting}`, or the delivery"
        );
        refusals.at(waiting.span(), message);
    } else if let Some(order) = &written.order
        && waiting == "park"
    {
        let message = format!(
            "others overtake a parked electron, and `order = {}` promises that no electron is \
             overtaken: remove `park` or the order",
            order.value
        );
        refusals.at(waiting.span(), message);
    }
}

fn check_order(written: &LinkArgs, refusals: &mut Refusals) {
    if let Some(order) = &written.order
        && let Some(lanes) = has_lanes(written)
        && written.mentions("input")
        && !has_delivery(written, "exactly_once")
        && !has_delivery(written, "at_most_once")
    {
        let message = format!(
            "`order = {}` is one electron at a time, and so one lane: remove `lanes`, or the order",
            order.value
        );
        refusals.at(lanes.span(), message);
    }
}

fn check_cap(written: &LinkArgs, refusals: &mut Refusals) {
    let Some(cap) = &written.cap else { return };
    // What was not understood may give up.
    if !written.mentions("input") || !refusals.is_empty() {
        return;
    }
    let gives_up = match &written.on_error {
        None => written.mentions("on_error"),
        Some(Written { value, .. }) => [&value.decode, &value.handler, &value.panic]
            .into_iter()
            .flatten()
            .any(|then| then.value != "fail"),
    };
    if !gives_up {
        let message = "`cap` bounds how many electrons are given up, and none is while `on_error` \
                       is `fail`: write `on_error = skip` or `dead_letter`, or remove `cap`";
        refusals.at(cap.name.span(), message);
    }
}
