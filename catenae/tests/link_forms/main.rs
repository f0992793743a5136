//! Every form of parameters and results, driven through the twin as the engine drives it, without Kafka.

mod recorder;
mod sources;

use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context as Task, Poll};

use catenae::{Context, Electron, FailureKind};
use futures_core::Stream;
use recorder::{Message, check, check_failure, failure, wiring};

#[derive(Debug, Default)]
struct Count(u64);

#[derive(Debug, serde::Deserialize, serde::Serialize)]
struct Word<'w> {
    text: &'w str,
}

// Results of every shape; the record is the text `3` unless a test says otherwise.

macro_rules! links {
    ($($(#[$meta:meta])* fn $name:ident($($parameters:tt)*) $(-> $returns:ty)? $body:block)*) => {$(
        #[catenae::link(input = "in", output = ["out", "other"])]
        $(#[$meta])*
        fn $name($($parameters)*) $(-> $returns)? $body
    )*};
}

links! {
    fn nothing(_: u64, _: &Context) {}
    fn one(n: u64) -> u64 { n + 1 }
    fn text(s: &str) -> &str { s }
    fn owned(s: String) -> String { s }
    fn tuple(n: u64) -> (u64, String) { (n, n.to_string()) }
    fn some(n: u64) -> Option<u64> { Some(n) }
    fn none(_: u64) -> Option<u64> { None }
    fn list(n: u64) -> Vec<u64> { (0..n).collect() }
    fn array(n: u64) -> [u64; 2] { [n, n] }
    fn range(n: u64) -> std::ops::Range<u64> { 0..n }
    fn iterator(s: &str) -> impl Iterator<Item = char> { s.chars() }
    fn boxed(s: &str) -> Box<dyn Iterator<Item = String> + '_> { Box::new(s.chars().map(String::from)) }
    fn tombstones(n: u64) -> Vec<Option<u64>> { vec![Some(n), None] }
    fn bytes(b: &[u8]) -> &[u8] { b }
    fn byte_vector(b: &[u8]) -> Vec<u8> { b.to_vec() }
    fn byte_vectors(b: &[u8]) -> Vec<Vec<u8>> { vec![b.to_vec(), vec![0xff]] }
    fn byte_array(_: &[u8]) -> [u8; 2] { [0, 0xff] }
    fn byte_box(b: Box<[u8]>) -> Box<[u8]> { b }
    fn byte_owned(b: Vec<u8>) -> Option<Vec<u8>> { Some(b) }
    fn bytes_read_by_length(b: [u8; 2]) -> Result<[u8; 2], String> { Ok(b) }
    fn bytes_in_electron(b: Electron<Vec<u8>, Vec<u8>>) -> Electron<Vec<u8>, Vec<u8>> { b }
    fn bytes_of_slices(b: &[u8]) -> Electron<&[u8], [u8; 2]> { Electron::new(b).with_key([b'k', 0xff]) }
    fn bytes_or_tombstone(b: Option<Vec<u8>>) -> Electron<Option<Vec<u8>>> { Electron::new(b) }
    fn bytes_in_tuple(b: Vec<u8>) -> (Vec<u8>, u8) { (b, 1) }
    fn set(n: u64) -> std::collections::BTreeSet<u64> { [n].into() }
    fn electron(n: u64) -> Electron<u64> { Electron::new(n).with_key("k".to_owned()).to("other") }
    fn electrons(n: u64) -> Vec<Electron<u64, u8>> { vec![Electron::new(n).with_key(7_u8)] }
    fn fine(n: u64) -> Result<u64, String> { Ok(n) }
    fn fine_nothing(_: u64) -> Result<(), String> { Ok(()) }
    fn fine_some(n: u64) -> Result<Option<u64>, String> { Ok(Some(n)) }
    fn fine_list(n: u64) -> Result<Vec<u64>, String> { Ok(vec![n, n]) }
    fn fine_iterator(n: u64) -> Result<impl Iterator<Item = u64>, String> { Ok(0..n) }
    fn ends_early(n: u64) -> Vec<Result<u64, String>> { vec![Ok(n), Err("no more".to_owned()), Ok(n)] }
    fn same(same: u64) -> u64 { same }
    fn item(parameters: u64, context: &Context) -> u64 { let _ = context; parameters }
    fn returned(out: u64, first: &Context) -> u64 { let _ = first; out }
    fn ordinal(second: &Context, (a, b): (u64, u64)) -> u64 { let _ = second; a + b }
    fn keyword(r#type: u64) -> u64 { r#type }
    fn maybe_wrong(_: u64) -> Option<Result<u64, String>> { Some(Err("wrong".to_owned())) }
}

#[catenae::link(input = "in", output = "out")]
async fn async_one(n: u64) -> u64 {
    tokio::task::yield_now().await;
    n
}

#[catenae::link(input = "in", output = "out")]
async fn async_borrowed(s: &str, context: &Context) -> Result<Vec<String>, std::io::Error> {
    let _ = context;
    tokio::time::interval(std::time::Duration::from_secs(1))
        .tick()
        .await;
    Ok(vec![s.to_owned()])
}

/// Counts down, and wakes itself between two numbers.
struct Countdown {
    left: u64,
    ready: bool,
}

impl Stream for Countdown {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<u64>> {
        self.ready = !self.ready;
        if self.ready {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        let left = self.left;
        self.left = left.saturating_sub(1);
        Poll::Ready((left > 0).then_some(left))
    }
}

#[catenae::link(input = "in", output = "out")]
fn stream(left: u64) -> impl Stream<Item = u64> {
    Countdown { left, ready: false }
}

#[catenae::link(input = "in", output = "out")]
async fn async_stream(left: u64) -> Result<Countdown, String> {
    Ok(Countdown { left, ready: false })
}

#[test]
fn every_result_is_sent_in_its_form() {
    check::<nothing>("3", &[]);
    check::<one>("3", &["out: 4"]);
    check::<text>("héllo", &["out: 'héllo'"]);
    check::<owned>("", &["out: ''"]);
    check::<tuple>("3", &["out: [3,'3']"]);
    check::<some>("3", &["out: 3"]);
    check::<none>("3", &[]);
    check::<list>("3", &["out: 0", "out: 1", "out: 2"]);
    check::<list>("0", &[]);
    check::<array>("3", &["out: 3", "out: 3"]);
    check::<range>("2", &["out: 0", "out: 1"]);
    check::<iterator>("ab", &["out: 'a'", "out: 'b'"]);
    check::<boxed>("ab", &["out: 'a'", "out: 'b'"]);
    check::<same>("3", &["out: 3"]);
    check::<item>("3", &["out: 3"]);
    check::<returned>("3", &["out: 3"]);
    check::<ordinal>("[3,4]", &["out: 7"]);
    check::<keyword>("3", &["out: 3"]);
    check::<tombstones>("3", &["out: 3", "out: tombstone"]);
    check::<bytes>("ab", &["out: 'ab'"]);
    check::<byte_vector>("ab", &["out: 'ab'"]);
    check::<byte_vectors>("ab", &["out: 'ab'", "out: raw ff"]);
    check::<byte_array>("ab", &["out: raw 00ff"]);
    check::<byte_box>("ab", &["out: 'ab'"]);
    check::<byte_owned>("[1]", &["out: '[1]'"]);
    check::<bytes_read_by_length>("ab", &["out: 'ab'"]);
    check::<bytes_in_electron>(Message::from("ab").with_key("[1]"), &["out '[1]': 'ab'"]);
    check::<bytes_of_slices>("ab", &["out raw 6bff: 'ab'"]);
    check::<bytes_or_tombstone>("", &["out: ''"]);
    check::<bytes_or_tombstone>(None, &["out: tombstone"]);
    check::<bytes_in_tuple>("a", &["out: [[97],1]"]);
    check::<set>("3", &["out: [3]"]);
    check::<electron>("3", &["other 'k': 3"]);
    check::<electrons>("3", &["out 7: 3"]);
    check::<fine>("3", &["out: 3"]);
    check::<fine_nothing>("3", &[]);
    check::<fine_some>("3", &["out: 3"]);
    check::<fine_list>("3", &["out: 3", "out: 3"]);
    check::<fine_iterator>("2", &["out: 0", "out: 1"]);
    check::<async_one>("3", &["out: 3"]);
    check::<async_borrowed>("ab", &["out: 'ab'"]);
    check::<stream>("3", &["out: 3", "out: 2", "out: 1"]);
    check::<async_stream>("2", &["out: 2", "out: 1"]);
}

// Messages and the other parameters.

#[catenae::link(input = "in", output = "out")]
fn borrowed_struct(word: Word<'_>) -> Word<'_> {
    word
}

#[catenae::link(input = "in", output = "out")]
fn tombstone(word: Option<&str>) -> String {
    format!("{word:?}")
}

#[catenae::link(input = "in", output = "out")]
fn whole(electron: Electron<&str>) -> String {
    let origin = electron.origin().expect("it was read");
    format!(
        "{:?} {:?} {}/{}@{}",
        electron.value,
        electron.key(),
        origin.stream,
        origin.partition,
        origin.offset
    )
}

#[catenae::link(input = "in", output = "out")]
fn all_three(_: &Context, state: &mut Count, n: u64) -> u64 {
    state.0 += n;
    state.0
}

#[catenae::link(input = "in", output = "out", setup = forty)]
fn shared(n: u64, state: &Count) -> u64 {
    state.0 + n
}

fn forty() -> Count {
    Count(40)
}

#[test]
fn every_parameter_is_what_its_type_says() {
    check::<borrowed_struct>(r#"{"text":"a"}"#, &["out: {'text':'a'}"]);
    check::<tombstone>("a", &["out: 'Some(\"a\")'"]);
    check::<tombstone>(None, &["out: 'None'"]);
    check::<whole>(
        Message::from("a").with_key("k"),
        &["out: '\"a\" Some(\"k\") in/2@7'"],
    );
    check::<all_three>("3", &["out: 3"]);
    check::<shared>("2", &["out: 42"]);
}

#[test]
fn the_function_is_still_the_users() {
    assert_eq!(one(1), 2);
    assert_eq!(all_three(&Context::detached(), &mut Count(1), 2), 3);
    assert_eq!(text("a"), "a");
}

// Errors of every type, as much of them as can be kept.

#[derive(Debug)]
struct Chained(std::num::ParseIntError);

impl fmt::Display for Chained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a number")
    }
}

impl std::error::Error for Chained {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[derive(Debug)]
struct DebugOnly;

struct DisplayOnly;

impl fmt::Display for DisplayOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("displayed")
    }
}

struct Opaque;

links! {
    fn chained(_: &str) -> Result<u64, Chained> { "x".parse().map_err(Chained) }
    fn boxed_error(_: &str) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> { Ok("x".parse()?) }
    fn local_box(_: &str) -> Result<u64, Box<dyn std::error::Error>> { Ok("x".parse()?) }
    fn string_error(s: &str) -> Result<(), String> { Err(s.to_owned()) }
    fn str_error(s: &str) -> Result<(), &str> { Err(s) }
    fn displayed(_: &str) -> Result<(), DisplayOnly> { Err(DisplayOnly) }
    fn debugged(_: &str) -> Result<(), DebugOnly> { Err(DebugOnly) }
    fn opaque(_: &str) -> Result<(), Opaque> { Err(Opaque) }
}

#[test]
fn every_error_becomes_a_failure_of_the_handler() {
    let handler = FailureKind::Handler;
    check_failure::<chained>("x", handler, "not a number: invalid digit found in string");
    check_failure::<boxed_error>("x", handler, "invalid digit found in string");
    check_failure::<local_box>("x", handler, "invalid digit found in string");
    check_failure::<string_error>("a text", handler, "a text");
    check_failure::<str_error>("a text", handler, "a text");
    check_failure::<displayed>("x", handler, "displayed");
    check_failure::<debugged>("x", handler, "DebugOnly");
    check_failure::<opaque>("x", handler, "an error of type `link_forms::Opaque`");
    check_failure::<ends_early>("3", handler, "no more");
    check_failure::<maybe_wrong>("3", handler, "wrong");
    check_failure::<bytes_read_by_length>(
        "abc",
        FailureKind::Decode,
        "expected `[u8; 2]`, found text: invalid length 3, expected an array of length 2; the \
         payload is \"abc\"",
    );
    let failure = failure::<one>("no number");
    assert_eq!(failure.kind(), FailureKind::Decode);
}

#[catenae::link(input = "in", output = "out")]
async fn slow(left: u64, context: &Context) -> Countdown {
    context.stop("in the middle of it");
    tokio::task::yield_now().await;
    Countdown { left, ready: false }
}

#[test]
fn a_link_asked_to_stop_still_sends_all_of_its_input() {
    check::<list>(
        Message::from("3").while_stopping(),
        &["out: 0", "out: 1", "out: 2"],
    );
    check::<slow>(Message::from("2").while_stopping(), &["out: 2", "out: 1"]);
}

// The life of a state.

static FINISHED: Mutex<Vec<u64>> = Mutex::new(Vec::new());

async fn open(_: &Context) -> Result<Count, String> {
    Ok(Count(10))
}

async fn close(state: Count, _: &Context) -> Result<(), String> {
    FINISHED.lock().expect("nobody panicked").push(state.0);
    Err("the disk is full".to_owned())
}

#[catenae::link(input = "in", output = "out", setup = open, finish = close)]
fn kept(state: &mut Count, n: u64) -> u64 {
    state.0 += n;
    state.0
}

fn cannot() -> Result<Count, String> {
    Err("no such file".to_owned())
}

fn quietly(_: Count) {}

#[catenae::link(input = "in", output = "out", setup = cannot, finish = quietly)]
fn unopened(_: &Count, n: u64) -> u64 {
    n
}

#[test]
fn a_state_is_set_up_kept_and_finished() {
    let context = Context::detached();
    let mut runner = (wiring::<kept>().open)(&context).expect("it opens");
    assert_eq!(
        recorder::step(&mut *runner, "1").expect("it works"),
        ["out: 11"]
    );
    assert_eq!(
        recorder::step(&mut *runner, "2").expect("it works"),
        ["out: 13"]
    );
    let failure = runner.finish().expect_err("close fails");
    assert_eq!(failure.kind(), FailureKind::Lifecycle);
    assert_eq!(recorder::chain(&failure), "the disk is full");
    assert_eq!(*FINISHED.lock().expect("nobody panicked"), [13]);

    let failure = (wiring::<unopened>().open)(&context)
        .err()
        .expect("it does not open");
    assert_eq!(failure.kind(), FailureKind::Lifecycle);
    assert_eq!(recorder::chain(&failure), "no such file");
}

#[test]
fn the_types_are_known_without_running() {
    let types = wiring::<kept>().types;
    assert_eq!(types.message, Some("u64"));
    assert_eq!(types.state, Some("link_forms::Count"));
    assert_eq!(types.output, "u64");
    assert_eq!(wiring::<text>().types.message, Some("&str"));
    assert_eq!(wiring::<nothing>().types.output, "()");
    assert_eq!(wiring::<fine_iterator>().types.output, "u64");
    assert_eq!(wiring::<async_stream>().types.output, "u64");
    assert_eq!(wiring::<sources::polled>().types.message, None);
    assert!(!wiring::<sources::polled>().takes_message && wiring::<kept>().takes_message);
}
