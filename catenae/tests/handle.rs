//! A topology that runs, through its handle: instances come and go, and the caller learns how each of them ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use catenae::{Context, Ended, ErrorKind, InstanceState, RunningTopology, Topology};

const DEADLINE: Duration = Duration::from_secs(40);

/// Waits until a condition holds.
#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "not in time: {what}");
        thread::park_timeout(Duration::from_millis(10));
    }
}

fn state(running: &RunningTopology, uid: &str) -> InstanceState {
    let instances = running.instances();
    let one = instances.into_iter().find(|one| one.uid == uid);
    one.expect("it has begun").state
}

fn uid_of(running: &RunningTopology, class: &str) -> String {
    let instances = running.instances();
    let one = instances.into_iter().find(|one| one.class == class);
    one.expect("it has begun").uid
}

const ALL: u64 = 600;
const BEFORE: u64 = 300;
static OPEN: AtomicBool = AtomicBool::new(false);
static HANDLED: Mutex<Vec<(String, u64)>> = Mutex::new(Vec::new());

fn copied<T: Clone>(list: &Mutex<Vec<T>>) -> Vec<T> {
    list.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn handled() -> Vec<(String, u64)> {
    copied(&HANDLED)
}

/// Half of them, and the rest when the test says so.
#[catenae::link(output = "numbers")]
fn numbers() -> impl Iterator<Item = u64> {
    (0..ALL).inspect(|number| {
        while *number >= BEFORE && !OPEN.load(Ordering::SeqCst) {
            thread::park_timeout(Duration::from_millis(5));
        }
    })
}

#[catenae::link(input = "numbers")]
fn notes(ctx: &Context, number: u64) {
    let mut handled = HANDLED.lock().unwrap_or_else(PoisonError::into_inner);
    handled.push((ctx.uid().to_owned(), number));
}

#[test]
fn another_instance_takes_over() {
    let running = Topology::new("relieved").link::<numbers>().link::<notes>();
    let running = running.start().expect("it starts");
    let first = uid_of(&running, "notes");
    eventually("the first half is handled", || {
        handled().len() as u64 == BEFORE
    });

    let second = running.add_instance("notes").expect("it has such a link");
    assert_eq!(
        (second.class, &second.state),
        ("notes", &InstanceState::Running)
    );
    assert_eq!(running.instances().len(), 3);
    running.stop_instance(&first).expect("it runs");
    eventually("the first one has ended", || {
        state(&running, &first) != InstanceState::Running
    });
    let InstanceState::Ended(why) = state(&running, &first) else {
        panic!("{running:?}");
    };
    assert!(why.contains("by the handle of its topology"), "{why}");
    assert_eq!(state(&running, &second.uid), InstanceState::Running);

    OPEN.store(true, Ordering::SeqCst);
    assert_eq!(running.wait().expect("nothing is missing"), Ended::Finished);
    let handled = handled();
    let mut all: Vec<u64> = handled.iter().map(|(_, number)| *number).collect();
    all.sort_unstable();
    assert_eq!(all, (0..ALL).collect::<Vec<_>>(), "each once");
    let by_first = handled.iter().filter(|(uid, _)| *uid == first);
    assert_eq!(by_first.count() as u64, BEFORE);
}

/// Has no end.
#[catenae::link(output = "ticks")]
fn ticks() -> impl Iterator<Item = u64> {
    (0..).inspect(|_| thread::park_timeout(Duration::from_millis(2)))
}

#[catenae::link(input = "ticks")]
fn sink(_tick: u64) {}

#[test]
fn the_whole_stops_when_it_is_asked_or_let_go() {
    let running = Topology::new("endless").link::<ticks>().link::<sink>();
    let running = running.start().expect("it starts");
    let refused = |error: catenae::Error, expected: &str| {
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(error.to_string(), expected);
    };
    refused(
        running.add_instance("sinks").unwrap_err(),
        "topology `endless` cannot start another instance of `sinks`: it has no such link",
    );
    refused(
        running.stop_instance("nobody").unwrap_err(),
        "topology `endless` has no instance `nobody`",
    );
    running.stop("enough");
    refused(
        running.add_instance("sink").unwrap_err(),
        "topology `endless` cannot start another instance of `sink`: it is ending",
    );
    let ended = running.wait().expect("as asked");
    assert_eq!(ended, Ended::Stopped("asked to stop: enough".to_owned()));

    // It does not need somebody who waits for it.
    let running = Topology::new("left").link::<ticks>().link::<sink>();
    let running = running.start().expect("it starts");
    running.stop("enough");
    eventually("all have ended", || {
        let mut instances = running.instances().into_iter();
        instances.all(|one| matches!(one.state, InstanceState::Ended(_)))
    });
    drop(running);

    let dropped = Topology::new("dropped").link::<ticks>().link::<sink>();
    drop(dropped.start().expect("it starts"));
}

#[catenae::link(output = "letters")]
fn letters() -> [char; 3] {
    ['a', 'b', 'c']
}

/// Never gets any further.
#[catenae::link(input = "letters")]
fn waits(ctx: &Context, _letter: char) {
    while !ctx.is_stopping() {
        thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn a_class_without_an_instance_leaves_something_unread() {
    let running = Topology::new("deserted").link::<letters>().link::<waits>();
    let running = running.start().expect("it starts");
    let reader = uid_of(&running, "waits");
    running.stop_instance(&reader).expect("it runs");
    let error = running.wait().expect_err("something is missing");
    assert_eq!(error.kind(), ErrorKind::Unfinished, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("had links whose instances were stopped"),
        "{text}"
    );
    assert!(
        text.contains("`waits` had not read stream `letters`"),
        "{text}"
    );
}

#[catenae::link(input = "letters")]
fn picky(letter: char) -> Result<(), String> {
    Err(format!("no {letter}"))
}

#[test]
fn one_that_fails_says_why() {
    let running = Topology::new("picky").link::<letters>().link::<picky>();
    let running = running.start().expect("it starts");
    let reader = uid_of(&running, "picky");
    eventually("it has failed", || {
        state(&running, &reader) != InstanceState::Running
    });
    let InstanceState::Failed(why) = state(&running, &reader) else {
        panic!("{running:?}");
    };
    assert!(
        why.contains("no a") || why.contains("no b") || why.contains("no c"),
        "{why}"
    );
    let error = running.wait().expect_err("it has failed");
    assert_eq!(error.kind(), ErrorKind::Electron, "{error}");
}

const ORDERS: u64 = 40;
/// The one with which the first instance is killed.
const HELD_UP: u64 = 5;
static KILLED: AtomicBool = AtomicBool::new(false);
static TAKEN: Mutex<Vec<(String, u64)>> = Mutex::new(Vec::new());
static FINISHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Half of them, and the rest when an instance was killed.
#[catenae::link(output = "orders")]
fn orders() -> impl Iterator<Item = u64> {
    (0..ORDERS).inspect(|order| {
        while *order >= ORDERS / 2 && !KILLED.load(Ordering::SeqCst) {
            thread::park_timeout(Duration::from_millis(5));
        }
    })
}

#[derive(Default)]
struct Clerk;

fn goes_home(_clerk: Clerk, ctx: &Context) {
    let mut finished = FINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    finished.push(ctx.uid().to_owned());
}

#[catenae::link(input = "orders", finish = goes_home)]
fn takes(_clerk: &mut Clerk, ctx: &Context, order: u64) {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    taken.push((ctx.uid().to_owned(), order));
    drop(taken);
    while order == HELD_UP && !KILLED.load(Ordering::SeqCst) {
        thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn what_a_killed_instance_had_in_hand_is_handled_by_another() {
    let running = Topology::new("killed").link::<orders>().link::<takes>();
    let running = running.start().expect("it starts");
    let first = uid_of(&running, "takes");
    eventually("it has that one in hand", || {
        copied(&TAKEN).contains(&(first.clone(), HELD_UP))
    });
    let second = running.add_instance("takes").expect("it has such a link");
    running.kill_instance(&first).expect("it runs");
    KILLED.store(true, Ordering::SeqCst);
    eventually("the first one has ended", || {
        state(&running, &first) != InstanceState::Running
    });
    assert_eq!(state(&running, &first), InstanceState::Killed);

    assert_eq!(running.wait().expect("nothing is missing"), Ended::Finished);
    let taken = copied(&TAKEN);
    let mut all: Vec<u64> = taken.iter().map(|(_, order)| *order).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, (0..ORDERS).collect::<Vec<_>>(), "all of them");
    // Its function came to its end, and still it is not settled.
    assert!(taken.contains(&(second.uid.clone(), HELD_UP)), "{taken:?}");
    assert_eq!(
        copied(&FINISHED),
        [second.uid],
        "one that is killed has no `finish`"
    );
}

static OPEN_TO_ALL: AtomicBool = AtomicBool::new(false);
static HEARD: Mutex<Vec<(String, u64)>> = Mutex::new(Vec::new());

/// More than the embedded broker keeps for somebody who does not read: the second half when the test says so.
#[catenae::link(output = "news")]
fn newspaper() -> impl Iterator<Item = Vec<u8>> {
    (0..2000).map(|number: u64| {
        while number >= 1000 && !OPEN_TO_ALL.load(Ordering::SeqCst) {
            thread::park_timeout(Duration::from_millis(5));
        }
        let mut page = number.to_be_bytes().to_vec();
        page.resize(10_000, 0);
        page
    })
}

#[catenae::link(input = "news", group = "each")]
fn reader(ctx: &Context, page: &[u8]) {
    let number = page
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    heard.push((ctx.uid().to_owned(), number));
}

#[test]
fn nobody_waits_for_an_instance_that_has_left_a_group_of_its_own() {
    let running = Topology::new("news")
        .link::<newspaper>()
        .instances::<reader>(3)
        .time_limit(DEADLINE);
    let running = running.start().expect("it starts");
    let readers: Vec<String> = running.instances()[1..]
        .iter()
        .map(|one| one.uid.clone())
        .collect();
    let of = |uid: &str| copied(&HEARD).iter().filter(|(by, _)| by == uid).count();
    eventually("all have read the first half", || {
        readers.iter().all(|uid| of(uid) == 1000)
    });
    let refused = running
        .add_instance("reader")
        .expect_err("what was sent is gone");
    assert_eq!(refused.kind(), ErrorKind::Configuration);
    running.stop_instance(&readers[0]).expect("it runs");
    running.kill_instance(&readers[1]).expect("it runs");
    eventually("both have ended", || {
        readers[..2]
            .iter()
            .all(|uid| state(&running, uid) != InstanceState::Running)
    });
    OPEN_TO_ALL.store(true, Ordering::SeqCst);
    assert_eq!(running.wait().expect("nothing is missing"), Ended::Finished);
    assert_eq!(of(&readers[2]), 2000, "it reads everything");
    assert_eq!([of(&readers[0]), of(&readers[1])], [1000, 1000]);
}
