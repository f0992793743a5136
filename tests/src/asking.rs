//! Asks as a text orders, and says what came of it: what the probes that make calls have in common.
//!
//! An order is a target, a method, its arguments, and options:
//! `at:UID add word 3`, `any:clerk number 7 timeout=300`, `all:clerk number 7 quorum=1`,
//! `everybody print hello notify`. `until:clerk a b` waits until exactly these are live,
//! `flood:UID 1000` has so many calls open at once, `series:UID 200` makes them one after the other,
//! and `rounds:UID word FILE` makes some again and again until the file is there.

mod series;

use std::fmt::Debug;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use catenae::Context;
use catenae::rpc::{Call, CallError, Gather, Gathered, IntoArguments, Method, ping, stop};

use crate::desk::{
    Shape, add, call_back, crash, divide, echo, hold, large, number, print, say, sum, swallow,
    tally, tear, wait_for, who,
};
use crate::wait::DEADLINE;

/// How an answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// With `.wait()`, where the function is not async.
    Wait,
    /// With `.await`.
    Await,
}

/// How many orders a probe has carried out.
pub struct Orders(pub u64);

/// Tells it.
#[catenae::rpc]
pub fn carried_out(orders: &Orders) -> u64 {
    orders.0
}

/// An order that was read.
struct Order<'o> {
    target: (&'o str, &'o str),
    method: &'o str,
    words: Vec<&'o str>,
    timeout: Duration,
    quorum: Option<usize>,
    notify: bool,
    how: How,
}

impl<'o> Order<'o> {
    fn read(text: &'o str, how: How) -> Self {
        let mut words: Vec<&str> = Vec::new();
        let (mut timeout, mut quorum, mut notify) = (Duration::from_secs(20), None, false);
        for word in text.split_whitespace() {
            match word.split_once('=') {
                Some(("timeout", ms)) => timeout = Duration::from_millis(count(ms)),
                Some(("quorum", n)) => quorum = n.parse().ok(),
                _ if word == "notify" => notify = true,
                _ => words.push(word),
            }
        }
        let target = words.first().copied().unwrap_or_default();
        Self {
            target: target.split_once(':').unwrap_or((target, "")),
            method: words.get(1).copied().unwrap_or_default(),
            words: words.get(2..).unwrap_or_default().to_vec(),
            timeout,
            quorum,
            notify,
            how,
        }
    }

    fn text(&self, at: usize) -> String {
        self.words.get(at).copied().unwrap_or_default().to_owned()
    }

    fn count(&self, at: usize) -> u64 {
        count(self.words.get(at).copied().unwrap_or_default())
    }
}

fn count(word: &str) -> u64 {
    word.parse().unwrap_or_default()
}

/// Carries out an order where nothing can be awaited.
///
/// # Panics
/// When a call that should block does not.
pub fn carry_out_waiting(ctx: &Context, order: &str) -> String {
    let carried_out = pin!(carry_out(ctx, order, How::Wait));
    match carried_out.poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(said) => said,
        Poll::Pending => panic!("`.wait()` does not wait"),
    }
}

/// Carries out an order, and says what came of it: `ok …`, `KIND …` or what was gathered.
pub async fn carry_out(ctx: &Context, text: &str, how: How) -> String {
    let order = Order::read(text, how);
    let words = &order;
    match order.target.0 {
        "until" => return until(ctx, &order),
        "instance" => return instance(ctx, order.target.1),
        "flood" => return flood(ctx, &order).await,
        "series" => return series::series(ctx, &order).await,
        "rounds" => return series::rounds(ctx, &order).await,
        _ => {}
    }
    match order.method {
        "add" => ask::<add>(ctx, words, (order.text(0), order.count(1))).await,
        "sum" => ask::<sum>(ctx, words, order.text(0)).await,
        "tally" => ask::<tally>(ctx, words, ()).await,
        "tear" => ask::<tear>(ctx, words, ()).await,
        "crash" => ask::<crash>(ctx, words, ()).await,
        "hold" => ask::<hold>(ctx, words, std::path::PathBuf::from(order.text(0))).await,
        "wait_for" => ask::<wait_for>(ctx, words, std::path::PathBuf::from(order.text(0))).await,
        "say" => ask::<say>(ctx, words, order.text(0)).await,
        "echo" => ask::<echo>(ctx, words, kinds()).await,
        "number" => ask::<number>(ctx, words, order.count(0)).await,
        "divide" => {
            let number = |at| order.text(at).parse::<i64>().unwrap_or_default();
            ask::<divide>(ctx, words, (number(0), number(1))).await
        }
        "large" => ask::<large>(ctx, words, usize::try_from(order.count(0)).unwrap_or(0)).await,
        "swallow" => {
            let bytes = vec![7_u8; usize::try_from(order.count(0)).unwrap_or(0)];
            ask::<swallow>(ctx, words, bytes::Bytes::from(bytes)).await
        }
        "carried_out" => ask::<carried_out>(ctx, words, ()).await,
        "who" => ask::<who>(ctx, words, ()).await,
        "print" => ask::<print>(ctx, words, order.words.join(" ")).await,
        "call_back" => ask::<call_back>(ctx, words, order.text(0)).await,
        "ping" => ask::<ping>(ctx, words, ()).await,
        "stop" => ask::<stop>(ctx, words, order.text(0)).await,
        "stub_of_another_type" => ask::<other::number>(ctx, words, order.count(0)).await,
        other => format!("no such order: {other}"),
    }
}

/// A stub that was written for other code than what runs.
mod other {
    #[catenae::rpc]
    pub fn number(n: u64) -> String {
        n.to_string()
    }
}

/// What `echo` is given.
#[must_use]
pub fn kinds() -> crate::desk::Kinds {
    let shapes = vec![
        Shape::Dot,
        Shape::Circle(-0.1),
        Shape::Box {
            width: u32::MAX,
            height: None,
        },
    ];
    let map = [("là", Some(true)), ("", None)];
    let map = map.map(|(key, value)| (key.to_owned(), value));
    (
        "grüße \u{0} 🦀".to_owned(),
        i64::MIN,
        shapes,
        map.into(),
        vec![0, 255, 0xd9].into(),
        ('ß', [0, 1, u16::MAX]),
    )
}

async fn ask<M>(
    ctx: &Context,
    order: &Order<'_>,
    arguments: impl IntoArguments<M::Arguments>,
) -> String
where
    M: Method,
    M::Returned: Debug,
{
    let (kind, name) = order.target;
    let gather = match kind {
        "at" => return ask_one(ctx, order, Call::<M>::at(name), arguments).await,
        "any" => return ask_one(ctx, order, Call::<M>::any_of(name), arguments).await,
        "all" => Gather::<M>::all_of(name),
        _ => Gather::<M>::everybody(),
    };
    let gather = gather.timeout(order.timeout);
    if order.notify {
        return told(gather.notify(ctx, arguments));
    }
    let gather = match order.quorum {
        Some(quorum) => gather.quorum(quorum),
        None => gather,
    };
    let gathering = gather.call(ctx, arguments);
    match order.how {
        How::Wait => gathered(gathering.wait()),
        How::Await => gathered(gathering.await),
    }
}

async fn ask_one<M>(
    ctx: &Context,
    order: &Order<'_>,
    call: Call<M>,
    arguments: impl IntoArguments<M::Arguments>,
) -> String
where
    M: Method,
    M::Returned: Debug,
{
    let call = call.timeout(order.timeout);
    if order.notify {
        return told(call.notify(ctx, arguments));
    }
    let answer = call.call(ctx, arguments);
    let answer = match order.how {
        How::Wait => answer.wait(),
        How::Await => answer.await,
    };
    match answer {
        Ok(value) => {
            let value = format!("{value:?}");
            format!("ok {}", value.chars().take(400).collect::<String>())
        }
        Err(error) => failed(&error),
    }
}

fn told(told: Result<(), CallError>) -> String {
    told.map_or_else(|error| failed(&error), |()| "ok told".to_owned())
}

fn failed(error: &CallError) -> String {
    format!("{:?} {error}", error.kind())
}

fn gathered<R: Debug>(gathered: Result<Gathered<R>, CallError>) -> String {
    let mut gathered = match gathered {
        Ok(gathered) => gathered,
        Err(error) => return failed(&error),
    };
    gathered.answers.sort_by(|a, b| a.0.cmp(&b.0));
    gathered.missing.sort_by(|a, b| a.0.cmp(&b.0));
    let answers = gathered.answers.iter();
    let answers = answers.map(|(uid, value)| format!("{uid}:{value:?}"));
    let missing = gathered.missing.iter();
    let missing = missing.map(|(uid, error)| format!("{uid}:{:?}", error.kind()));
    let list = |all: Vec<String>| all.join(" ");
    format!(
        "answers [{}] missing [{}]",
        list(answers.collect()),
        list(missing.collect())
    )
}

/// Waits until exactly these instances of a class are live.
fn until(ctx: &Context, order: &Order<'_>) -> String {
    let class = order.target.1;
    let mut wanted: Vec<&str> = order.words.clone();
    wanted.extend((!order.method.is_empty()).then_some(order.method));
    wanted.sort_unstable();
    // Who was killed in another test is gone when it was silent for long enough, on a busy machine.
    let end = Instant::now() + order.timeout.max(DEADLINE);
    loop {
        let instances = ctx.instances();
        let of_class = instances.iter().filter(|one| one.class() == class);
        let mut live: Vec<&str> = of_class.map(catenae::rpc::Instance::uid).collect();
        live.sort_unstable();
        if live == wanted {
            return "ok live".to_owned();
        }
        if Instant::now() >= end {
            return format!("still live: {live:?}");
        }
        thread::park_timeout(Duration::from_millis(5));
    }
}

/// What an instance says of itself.
fn instance(ctx: &Context, uid: &str) -> String {
    let instances = ctx.instances();
    let Some(found) = instances.iter().find(|one| one.uid() == uid) else {
        return "not live".to_owned();
    };
    let methods = found.methods().iter().map(|method| {
        let state = if method.takes_state() {
            " with the state"
        } else {
            ""
        };
        let arguments = method.arguments().join(", ");
        format!(
            "{}({arguments}) -> {}{state}",
            method.name(),
            method.returned()
        )
    });
    let methods: Vec<String> = methods.collect();
    format!(
        "{} of {} reads {:?} writes {:?}: {}",
        found.class(),
        found.group(),
        found.inputs(),
        found.outputs(),
        methods.join("; ")
    )
}

/// Has many calls open at once, each with an answer of its own.
async fn flood(ctx: &Context, order: &Order<'_>) -> String {
    let (uid, calls) = (order.target.1, count(order.method));
    let ask = |n| number::at(uid).timeout(order.timeout).call(ctx, n);
    let answers: Vec<_> = (0..calls).map(ask).collect();
    let (mut right, mut wrong, mut errors) = (0, 0, Vec::new());
    for (n, answer) in (0..calls).zip(answers) {
        let said = match order.how {
            How::Wait => answer.wait(),
            How::Await => answer.await,
        };
        match said {
            Ok(said) if said == n => right += 1,
            Ok(_) => wrong += 1,
            Err(error) => errors.push(error),
        }
    }
    let first = errors.first().map(ToString::to_string).unwrap_or_default();
    format!(
        "right {right} wrong {wrong} errors {} {first}",
        errors.len()
    )
}
