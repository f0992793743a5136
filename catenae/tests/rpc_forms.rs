//! Every form of parameters and results of a method, run through its twin as a micromodule runs it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use catenae::__private::testing::run_method;
use catenae::Context;
use catenae::rpc::{CallErrorKind, Caller, Method};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default)]
struct Counts(u64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Word {
    text: String,
    times: u64,
}

type Text = String;
type Asks = Caller;
type Outcome = Result<u64, String>;

macro_rules! methods {
    ($($(#[$meta:meta])* $($word:ident)+ ($($parameters:tt)*) $(-> $returns:ty)? $body:block)*) => {$(
        #[catenae::rpc]
        $(#[$meta])*
        $($word)+ ($($parameters)*) $(-> $returns)? $body
    )*};
}

// Without a state.
methods! {
    fn nothing() {}
    fn one(word: String) -> usize { word.len() }
    fn aliased(word: Text, _: &Asks) -> usize { word.len() }
    fn two(a: u8, b: String) -> String { format!("{a}{b}") }
    fn six(a: u8, b: u16, c: u32, d: u64, e: i8, f: bool) -> (u64, bool) {
        (u64::from(a) + u64::from(b) + u64::from(c) + d + e.unsigned_abs() as u64, f)
    }
    fn tuple((a, b): (u8, u8)) -> u8 { a + b }
    fn both((a, b): (u8, u8), c: u8) -> [u8; 3] { [a, b, c] }
    fn optional(word: Option<String>) -> Option<usize> { word.map(|word| word.len()) }
    fn list(words: Vec<String>) -> Vec<usize> { words.iter().map(String::len).collect() }
    fn structured(word: Word) -> Word { Word { times: word.times + 1, ..word } }
    fn unit(_: ()) {}
    fn asked(caller: &Caller) -> String { caller.uid().to_owned() }
    fn around(context: &Context, word: String, caller: &Caller) -> String {
        format!("{} {word} {}", context.class(), caller.class())
    }
    fn checked(ok: bool) -> Result<u8, String> { if ok { Ok(1) } else { Err("not ok".to_owned()) } }
    fn checked_by_alias(ok: bool) -> Outcome { ok.then_some(1).ok_or_else(|| "not ok".to_owned()) }
    async fn later(word: String) -> usize { word.len() }
    async fn later_checked(ok: bool, _: &Context) -> Result<(), Word> {
        if ok { Ok(()) } else { Err(Word { text: "later".to_owned(), times: 2 }) }
    }
    fn panics(word: String) { panic!("no {word}") }
    fn r#type(r#fn: String) -> String { r#fn }
}

// With one.
methods! {
    fn add(counts: &mut Counts, n: u64) -> u64 { counts.0 += n; counts.0 }
    fn read(counts: &Counts) -> u64 { counts.0 }
    fn last(n: u64, _: &Context, _: &Caller, counts: &mut Counts) { counts.0 = n }
    async fn add_later(context: &Context, counts: &mut Counts, n: u64) -> Outcome {
        counts.0 += n;
        if context.is_stopping() { Err("stopping".to_owned()) } else { Ok(counts.0) }
    }
}

#[catenae::rpc]
#[expect(clippy::needless_lifetimes, reason = "the twin must not need them")]
fn between<'s>(a: u64, counts: &'s Counts, b: u64) -> u64 {
    a + counts.0 + b
}

fn run_with<M: Method>(
    state: Option<&mut dyn Any>,
    arguments: impl Serialize,
) -> Result<(M::Returned, bool), String> {
    let caller = Caller::new("ab12", "asking");
    run_method::<M>(state, &Context::detached(), &caller, &arguments)
}

#[track_caller]
fn check<M: Method>(arguments: impl Serialize, expected: M::Returned)
where
    M::Returned: PartialEq + std::fmt::Debug,
{
    assert_eq!(run_with::<M>(None, arguments), Ok((expected, false)));
}

const NONE: [u8; 0] = [];

#[test]
fn without_a_state() {
    check::<nothing>(NONE, ());
    check::<one>(("three",), 5);
    check::<aliased>(("three",), 5);
    check::<two>((1, "b"), "1b".to_owned());
    check::<six>((1, 2, 3, 4, -5, true), (15, true));
    check::<tuple>(((1, 2),), 3);
    check::<both>(((1, 2), 3), [1, 2, 3]);
    check::<optional>((Some("a"),), Some(1));
    check::<optional>((None::<String>,), None);
    check::<list>((["a", "bb"],), vec![1, 2]);
    check::<unit>(((),), ());
    check::<asked>(NONE, "ab12".to_owned());
    check::<around>(("and",), "test and asking".to_owned());
    check::<later>(("three",), 5);
    check::<r#type>(("three",), "three".to_owned());
    let word = |times| Word {
        text: "be".to_owned(),
        times,
    };
    check::<structured>((word(1),), word(2));
}

#[test]
fn an_err_is_an_answer_and_is_told_apart() {
    assert_eq!(run_with::<checked>(None, (true,)), Ok((Ok(1), false)));
    let no = Err("not ok".to_owned());
    assert_eq!(run_with::<checked>(None, (false,)), Ok((no, true)));
    let no = Err("not ok".to_owned());
    assert_eq!(run_with::<checked_by_alias>(None, (false,)), Ok((no, true)));
    assert_eq!(
        run_with::<later_checked>(None, (true,)),
        Ok((Ok(()), false))
    );
    let no = Err(Word {
        text: "later".to_owned(),
        times: 2,
    });
    assert_eq!(run_with::<later_checked>(None, (false,)), Ok((no, true)));
}

#[test]
fn with_a_state() {
    let mut counts = Counts(1);
    assert_eq!(run_with::<add>(Some(&mut counts), (4,)), Ok((5, false)));
    assert_eq!(run_with::<read>(Some(&mut counts), NONE), Ok((5, false)));
    assert_eq!(
        run_with::<between>(Some(&mut counts), (1, 2)),
        Ok((8, false))
    );
    assert_eq!(
        run_with::<add_later>(Some(&mut counts), (2,)),
        Ok((Ok(7), false))
    );
    assert_eq!(run_with::<last>(Some(&mut counts), (9,)), Ok(((), false)));
    assert_eq!(counts.0, 9);
}

#[test]
fn other_arguments_than_its_own_are_refused_in_words() {
    #[track_caller]
    fn check<M: Method>(arguments: impl Serialize, expected: &str) {
        let said = run_with::<M>(None, arguments).err().unwrap();
        assert!(said.starts_with(expected), "{said}");
    }
    check::<nothing>((1,), "`nothing` takes no arguments: ");
    check::<one>(NONE, "`one` takes one argument, `alloc::string::String`: ");
    check::<one>(
        ("a", 1),
        "`one` takes one argument, `alloc::string::String`: ",
    );
    check::<one>((1,), "`one` takes one argument, `alloc::string::String`: ");
    check::<two>(
        (1,),
        "`two` takes 2 arguments, `(u8, alloc::string::String)`: ",
    );
    check::<two>(
        (300, "b"),
        "`two` takes 2 arguments, `(u8, alloc::string::String)`: ",
    );
}

#[test]
fn a_panic_goes_through() {
    let ran = catch_unwind(AssertUnwindSafe(|| run_with::<panics>(None, ("word",))));
    let panic = ran.expect_err("it panicked");
    assert_eq!(panic.downcast_ref::<String>().unwrap(), "no word");
}

#[test]
fn the_function_is_still_the_users() {
    assert_eq!(one("three".to_owned()), 5);
    assert_eq!(between(1, &Counts(2), 3), 6);
    assert_eq!(add(&mut Counts(2), 3), 5);
}

#[derive(Default)]
struct Names<'n>(Vec<&'n str>);

#[catenae::rpc]
fn names(names: &Names<'_>) -> usize {
    names.0.len()
}

#[catenae::rpc]
fn name(name: &mut Option<&str>) -> usize {
    name.map_or(0, str::len)
}

#[catenae::link(rpc = [names])]
fn naming(_: &Names<'_>) {}

#[catenae::link(rpc = [name])]
fn naming_plainly(_: &Option<&str>) {}

#[test]
fn a_state_may_borrow_for_ever() {
    let (mut state, mut plain) = (Names(vec!["a"]), Some("ab"));
    assert_eq!(run_with::<names>(Some(&mut state), NONE), Ok((1, false)));
    assert_eq!(run_with::<name>(Some(&mut plain), NONE), Ok((2, false)));
    let _ = (names::any::<naming>(), name::any::<naming_plainly>());
}

#[catenae::link(rpc = [add, read, last, between, add_later, one, around])]
fn counter(_: &Counts) {}

#[test]
fn a_stub_takes_the_arguments_of_the_function() {
    let context = Context::detached();
    let off = |kind| assert_eq!(kind, CallErrorKind::Off);
    off(one::at("ab12")
        .call(&context, "three")
        .wait()
        .unwrap_err()
        .kind());
    off(one::any::<counter>()
        .call(&context, "three".to_owned())
        .wait()
        .unwrap_err()
        .kind());
    off(two::any_of("asking")
        .call(&context, (1, "b"))
        .wait()
        .unwrap_err()
        .kind());
    off(tuple::all_of("asking")
        .call(&context, (1, 2))
        .wait()
        .unwrap_err()
        .kind());
    off(read::all::<counter>()
        .quorum(1)
        .call(&context, ())
        .wait()
        .unwrap_err()
        .kind());
    off(both::broadcast()
        .call(&context, ((1, 2), 3))
        .wait()
        .unwrap_err()
        .kind());
    off(nothing::at("ab12").notify(&context, ()).unwrap_err().kind());
    let answer: Result<Outcome, _> = checked_by_alias::at("x")
        .call(&context, true)
        .wait()
        .map(|_| Ok(1));
    assert!(answer.is_err());
}
