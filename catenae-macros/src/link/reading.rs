//! How a link reads its inputs: the choices that tokens alone can refuse.

use proc_macro2::Ident;
use syn::{LitInt, LitStr};

use super::args::{LinkArgs, RetryArgs};
use super::value::{DAY, millis, ranged};
use crate::options::Written;
use crate::refusal::Refusals;

/// The group that stands for one of its own for every instance.
const EACH: &str = "each";

/// The choices of a link; what is `None` was not made.
#[derive(Default)]
pub struct Reading {
    pub input_mode: Option<Ident>,
    pub exp_window_millis: Option<u64>,
    /// In percent.
    pub reserve: Option<u32>,
    pub partitions: Option<u32>,
    pub group: Option<LitStr>,
    pub consumer_timeout_millis: Option<u64>,
}

/// Checks the choices, one by one and together.
pub fn validate(written: &LinkArgs, refusals: &mut Refusals) -> Reading {
    check_source(written, refusals);
    check_mode(written, refusals);
    check_group(written, refusals);
    let most = i32::MAX.unsigned_abs();
    let value = |option: &Option<Written<Ident>>| option.as_ref().map(|one| one.value.clone());
    Reading {
        input_mode: value(&written.input_mode),
        exp_window_millis: span(&written.exp_window, 365, refusals),
        reserve: reserve(written, refusals),
        partitions: number(
            &written.partitions,
            "the number of partitions",
            most,
            refusals,
        ),
        group: written.group.as_ref().map(|group| group.value.clone()),
        consumer_timeout_millis: span(&written.consumer_timeout, 1, refusals),
    }
}

/// A period of so many days at most.
fn span(option: &Option<Written<LitStr>>, days: u64, refusals: &mut Refusals) -> Option<u64> {
    let Written { name, value } = option.as_ref()?;
    let millis = refusals.keep(millis(value))?;
    if millis > days * DAY {
        let message = format!("`{name}` is at most {} hours", days * 24);
        refusals.at(value.span(), message);
    }
    Some(millis)
}

fn number(
    option: &Option<Written<LitInt>>,
    what: &str,
    most: u32,
    refusals: &mut Refusals,
) -> Option<u32> {
    let value = &option.as_ref()?.value;
    refusals.keep(ranged(value, 1..=most, what))
}

fn reserve(written: &LinkArgs, refusals: &mut Refusals) -> Option<u32> {
    let value = &written.reserve.as_ref()?.value;
    let percent = value.base10_parse().ok();
    let percent = percent.filter(|percent| (1..=50).contains(percent));
    if percent.is_none() {
        let message = "`reserve` is at least `1%` and at most `50%`: with more, the inputs behind \
                       the first one would come first";
        refusals.at(value.span(), message);
    }
    percent
}

/// A source has no inputs to choose from.
fn check_source(written: &LinkArgs, refusals: &mut Refusals) {
    if written.mentions("input") {
        return;
    }
    let choices = [
        written.input_mode.as_ref().map(|option| &option.name),
        written.exp_window.as_ref().map(|option| &option.name),
        written.reserve.as_ref().map(|option| &option.name),
        written.consumer_timeout.as_ref().map(|option| &option.name),
    ];
    for name in choices.into_iter().flatten() {
        let message = format!(
            "`{name}` says how inputs are read, and this link has none: remove `{name}`, or add \
             `input = \"…\"`"
        );
        refusals.at(name.span(), message);
    }
}

/// What only one of the input modes knows.
fn check_mode(written: &LinkArgs, refusals: &mut Refusals) {
    let mode = written.input_mode.as_ref().map(|mode| &mode.value);
    // What was not understood may be the right one.
    if !written.mentions("input") || (mode.is_none() && written.mentions("input_mode")) {
        return;
    }
    let is = |word: &str| mode.is_some_and(|mode| mode == word);
    if let Some(Written { name, .. }) = &written.exp_window
        && is("strict")
    {
        let message = "`exp_window` bounds how long an input waits for its share, and in the mode \
                       `strict` there are no shares: remove one of the two";
        refusals.at(name.span(), message);
    }
    if let Some(Written { name, .. }) = &written.reserve
        && !is("strict")
    {
        let message = "`reserve` keeps time for the inputs that would starve behind the first one, \
                       and they do so in the mode `strict` only: write `input_mode = strict`, or \
                       remove `reserve`";
        refusals.at(name.span(), message);
    }
}

fn check_group(written: &LinkArgs, refusals: &mut Refusals) {
    let Some(group) = &written.group else { return };
    if !written.mentions("input") {
        let message = "`group` shares an input among instances, and this link has none: remove \
                       `group`, or add `input = \"…\"`";
        refusals.at(group.name.span(), message);
    }
    let is_delayed = |retry: &Written<RetryArgs>| {
        let waiting = retry.value.waiting.as_ref();
        waiting.is_some_and(|waiting| waiting == "delayed")
    };
    if group.value.value() == EACH && written.retry.as_ref().is_some_and(is_delayed) {
        let message = "all instances of a link share its streams of retries, so each of them would \
                       try again what failed in one of them: remove `delayed`, or the group";
        refusals.at(group.value.span(), message);
    }
    if group.value.value().is_empty() {
        let message = "the name of a consumer group cannot be empty: write one, `\"each\"` for one \
            of its own for every instance, or leave out `group` to get `catenae_<class>`";
        refusals.at(group.value.span(), message);
    }
}
