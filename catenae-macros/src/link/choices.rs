//! Which choices of a link exclude each other: the table that holds the attribute and the command line together.
//!
//! Both refuse on their own, each with words for the place where the user wrote it. This file is a part of the
//! tests of both crates. They make every combination of choices, and compare what is refused with the table.

use self::Choice::{
    AtLeastOnce, AtMostOnce, Cap, Delayed, Each, ExactlyOnce, Exp, InPlace, Lanes, NoInput,
    NoOutput, Parity, Park, Reserve, Sequential, Skip, Strict, Synchronous,
};

/// One thing that a link has, or lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    NoInput,
    NoOutput,
    AtLeastOnce,
    AtMostOnce,
    ExactlyOnce,
    Sequential,
    Synchronous,
    Lanes,
    InPlace,
    Park,
    Delayed,
    Skip,
    Cap,
    Parity,
    Exp,
    Strict,
    Reserve,
    /// A group of its own for every instance.
    Each,
}

/// Who refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The compiler, of what stands in the attribute.
    Attribute,
    /// The start, of what comes from the command line or the environment. Lanes come from the attribute only, and
    /// an order makes one of them.
    Start,
}

/// Some choices, and some others, that exclude each other.
struct Rule {
    these: &'static [Choice],
    those: &'static [Choice],
    /// It is a rule only where none of these is chosen.
    unless: &'static [Choice],
    by: &'static [Place],
}

const BOTH: &[Place] = &[Place::Attribute, Place::Start];

const fn rule(these: &'static [Choice], those: &'static [Choice], by: &'static [Place]) -> Rule {
    Rule {
        these,
        those,
        unless: &[],
        by,
    }
}

const fn unless(mut rule: Rule, unless: &'static [Choice]) -> Rule {
    rule.unless = unless;
    rule
}

/// The table.
const RULES: &[Rule] = &[
    // There are no electrons that could be lost, repeated or fail.
    rule(&[NoInput], &[AtMostOnce, ExactlyOnce], BOTH),
    rule(&[NoInput], &[InPlace, Park, Delayed, Skip, Cap], BOTH),
    // It is what a source does anyway, so a topology may say it of all its links.
    rule(&[NoInput], &[AtLeastOnce], &[Place::Attribute]),
    rule(&[NoInput], &[Lanes], &[Place::Attribute]),
    // Transactions cover only what goes to streams, and commit a prefix of each partition.
    rule(&[NoOutput], &[ExactlyOnce], BOTH),
    rule(&[ExactlyOnce], &[Synchronous, Park, Delayed], BOTH),
    rule(&[ExactlyOnce], &[Lanes], &[Place::Attribute]),
    unless(
        rule(&[ExactlyOnce], &[Lanes], &[Place::Start]),
        &[Sequential, Synchronous],
    ),
    // The offset is committed before the electron is handled.
    rule(&[AtMostOnce], &[Park, Delayed], BOTH),
    rule(&[AtMostOnce], &[Lanes], &[Place::Attribute]),
    unless(
        rule(&[AtMostOnce], &[Lanes], &[Place::Start]),
        &[Sequential, Synchronous],
    ),
    // What is parked is overtaken.
    rule(&[Sequential, Synchronous], &[Park], BOTH),
    rule(&[Sequential, Synchronous], &[Lanes], &[Place::Attribute]),
    // A cap alone: where nothing is given up there is nothing to bound. (The rule is of `Cap` with itself.)
    unless(rule(&[Cap], &[Cap], BOTH), &[Skip]),
    // There are no inputs to choose from. (A topology may say a mode of all its links.)
    rule(&[NoInput], &[Parity, Exp, Strict], &[Place::Attribute]),
    rule(&[NoInput], &[Reserve], BOTH),
    // All instances of a link share its streams of retries.
    rule(&[NoInput], &[Each], &[Place::Attribute]),
    rule(&[Each], &[Delayed], BOTH),
    // A reserve is for those that starve, and no other mode lets any starve.
    unless(rule(&[Reserve], &[Reserve], BOTH), &[Strict]),
];

/// What a link can choose from: at most one of each row.
const ROWS: &[&[Choice]] = &[
    &[NoInput, NoOutput],
    &[AtLeastOnce, AtMostOnce, ExactlyOnce],
    &[Sequential, Synchronous],
    &[Lanes],
    &[InPlace, Park, Delayed],
    &[Skip],
    &[Cap],
    &[Parity, Exp, Strict],
    &[Reserve],
    &[Each],
];

/// Whether the table refuses it.
fn is_refused(chosen: &[Choice], by: Place) -> bool {
    let has = |choices: &[Choice]| choices.iter().any(|choice| chosen.contains(choice));
    let broken = |rule: &Rule| {
        rule.by.contains(&by) && has(rule.these) && has(rule.those) && !has(rule.unless)
    };
    RULES.iter().any(broken)
}

/// Every combination of choices.
fn combinations() -> Vec<Vec<Choice>> {
    let mut all = vec![Vec::new()];
    for row in ROWS {
        let with_one = |chosen: &Vec<Choice>| {
            let chosen = chosen.clone();
            row.iter()
                .map(move |choice| [&chosen[..], &[*choice]].concat())
        };
        let more: Vec<_> = all.iter().flat_map(with_one).collect();
        all.extend(more);
    }
    all
}

/// Compares the table with what `refuses` refuses; `None` stands for what cannot be written there.
///
/// # Panics
/// At the first combination where the two differ.
pub fn compare(by: Place, refuses: impl Fn(&[Choice]) -> Option<bool>) {
    let all = combinations();
    assert!(all.len() > 1000, "{}", all.len());
    for chosen in all {
        if let Some(refused) = refuses(&chosen) {
            assert_eq!(refused, is_refused(&chosen, by), "{chosen:?}");
        }
    }
}
