//! The end of the process: ours, and one that comes from somewhere else in the middle of a run.
//!
//! `std::process::exit` in a function, or in a library of it, ends everything at once, and with status 0
//! looks like a stop that was asked for. A handler that the C library calls at every exit tells what
//! still ran.

use std::ffi::c_int;
use std::panic::catch_unwind;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use super::untold;
use crate::{mutant, observe};

/// What runs in this process.
static RUNNING: Mutex<Vec<Arc<RunEntry>>> = Mutex::new(Vec::new());
/// We end the process ourselves, and have said why.
static OURS: AtomicBool = AtomicBool::new(false);
/// The program is ours: its exit status has the meaning that we gave it.
static OWN_PROCESS: AtomicBool = AtomicBool::new(false);

/// Tells the electrons that a run has in hand.
type TellInHand = Box<dyn Fn() -> Vec<String> + Send>;

/// A micromodule that runs.
struct RunEntry {
    who: String,
    fate: UnfinishedFate,
    in_hand: Mutex<Option<TellInHand>>,
}

/// What becomes of what a run has not finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnfinishedFate {
    /// Of an electron in hand.
    pub(crate) in_hand: &'static str,
    /// Of the rest.
    pub(crate) under_way: &'static str,
}

/// Ends the process; the caller has said why.
pub(crate) fn end(status: i32) -> ! {
    OURS.store(true, Ordering::SeqCst);
    process::exit(status)
}

/// The process is a program of ours.
pub(super) fn own_process() {
    OWN_PROCESS.store(true, Ordering::SeqCst);
}

/// Until it is dropped, an exit of the process is told as one in the middle of the run.
#[must_use]
pub(crate) struct RunGuard(Arc<RunEntry>);

/// The run of `who` begins.
pub(crate) fn begin(who: String, fate: UnfinishedFate) -> RunGuard {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| register(process::id()));
    let run = Arc::new(RunEntry {
        who,
        fate,
        in_hand: Mutex::default(),
    });
    running().push(Arc::clone(&run));
    RunGuard(run)
}

impl RunGuard {
    /// How to find out what it has in hand.
    pub(crate) fn tell_in_hand(&self, tell: impl Fn() -> Vec<String> + Send + 'static) {
        *lock(&self.0.in_hand) = Some(Box::new(tell));
    }
}

impl Drop for RunGuard {
    fn drop(&mut self) {
        running().retain(|run| !Arc::ptr_eq(run, &self.0));
    }
}

fn running() -> MutexGuard<'static, Vec<Arc<RunEntry>>> {
    lock(&RUNNING)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an exit with `status` is told as, and the status that it should have; `None` when nothing is
/// to be said. No lock that is taken here is ever held while code of the user runs, so whoever called
/// `exit` holds none of them.
fn told(status: Option<c_int>) -> Option<(String, Option<c_int>)> {
    if OURS.load(Ordering::SeqCst) || mutant::is("exit-untold") {
        return None;
    }
    let running = running();
    if running.is_empty() {
        return None;
    }
    let runs: Vec<String> = running.iter().map(|run| run.told()).collect();
    let corrected = corrected(status, OWN_PROCESS.load(Ordering::SeqCst));
    let text = format!(
        "the process exits in the middle of a run: {}. If a function, or a library that it \
         calls, has called `exit`, return an error or call `ctx.stop` instead{}",
        runs.join("; "),
        match corrected {
            Some(_) => ". The exit status is 1, because 0 means that it stopped as asked",
            None => "",
        }
    );
    let mut all = untold::take();
    all.push(text);
    let lines: String = all.iter().map(|text| observe::last_word(text)).collect();
    Some((lines, corrected))
}

impl RunEntry {
    fn told(&self) -> String {
        let (who, UnfinishedFate { in_hand, under_way }) = (&self.who, self.fate);
        let tell = lock(&self.in_hand);
        let held = tell.as_ref().map(|tell| tell()).unwrap_or_default();
        if held.is_empty() {
            format!("{who} has no electron in hand, and {under_way}")
        } else {
            format!("{who} has in hand {}, and {in_hand}", held.join(" and "))
        }
    }
}

/// The status in place of the one that was given. In a program of ours 0 would mean that it stopped as
/// asked; where the system does not tell the status, it may be 0.
fn corrected(given: Option<c_int>, own_process: bool) -> Option<c_int> {
    // A parent sees the lowest byte.
    let means_success = given.is_none_or(|given| given & 0xff == 0);
    (own_process && means_success).then_some(1)
}

/// Writes what there is to be said to standard error, and gives the status to exit with instead.
fn at_exit(status: Option<c_int>) -> Option<c_int> {
    // A panic must not leave a function that C has called.
    let told = catch_unwind(|| told(status)).ok().flatten();
    let (text, corrected) = told?;
    // Not through the log or `std`'s handle: their thread-locals are gone, and a thread that goes on
    // may hold their locks. A line that cannot be written is lost.
    // SAFETY: the pointer and the length are those of `text`, which outlives the call.
    unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
    corrected
}

/// Has `at_exit` called when the process exits. A child that was forked off and exits is not meant.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn register(pid: u32) {
    use std::ffi::c_void;
    use std::ptr;

    unsafe extern "C" {
        fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
    }

    extern "C" fn handler(status: c_int, pid: *mut c_void) {
        if pid.addr() != process::id() as usize {
            return;
        }
        if let Some(status) = at_exit(Some(status)) {
            // SAFETY: glibc allows `exit` in a handler of `exit`: it goes on with the handlers that are
            // left, and takes the last status.
            unsafe { libc::exit(status) };
        }
    }

    // SAFETY: the signature is that of glibc's documentation; the argument is a number that is never
    // used as a pointer, and the handler lives as long as the process.
    let answer = unsafe { on_exit(handler, ptr::without_provenance_mut(pid as usize)) };
    debug_assert_eq!(answer, 0, "only without memory");
}

/// Has `at_exit` called when the process exits. Other C libraries than glibc do not tell the status.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn register(pid: u32) {
    use std::sync::atomic::AtomicU32;

    static PID: AtomicU32 = AtomicU32::new(0);

    extern "C" fn handler() {
        if PID.load(Ordering::Relaxed) != process::id() {
            return;
        }
        if let Some(status) = at_exit(None) {
            // SAFETY: `_exit` ends the process at once and may be called anywhere. `exit` may not be
            // called again here.
            unsafe { libc::_exit(status) };
        }
    }

    PID.store(pid, Ordering::Relaxed);
    // SAFETY: the handler lives as long as the process.
    let answer = unsafe { libc::atexit(handler) };
    debug_assert_eq!(answer, 0, "only without memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_in_the_middle_of_a_run_is_none() {
        let check = |given, own_process, expected| {
            assert_eq!(corrected(given, own_process), expected, "{given:?}");
        };
        check(Some(0), true, Some(1));
        check(Some(256), true, Some(1));
        check(None, true, Some(1));
        check(Some(1), true, None);
        check(Some(42), true, None);
        check(Some(-1), true, None);
        // Somebody else's status is theirs.
        check(Some(0), false, None);
        check(None, false, None);
    }
}
