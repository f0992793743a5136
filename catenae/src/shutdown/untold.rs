//! Errors that `main` is going to print: said earlier only when the end takes long, or never comes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Each text once, however many instances it stopped.
static UNTOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Whether a `main` of ours runs: else errors are logged at once, since nobody may print them.
static PRINTED_AT_THE_END: AtomicBool = AtomicBool::new(false);

/// From now on what stops a micromodule is printed when the program ends.
pub(super) fn main_prints() {
    PRINTED_AT_THE_END.store(true, Ordering::SeqCst);
}

/// Something failed.
pub(super) fn keep(text: String) {
    if !PRINTED_AT_THE_END.load(Ordering::SeqCst) {
        return tracing::error!("{text}");
    }
    tracing::debug!("failed: {text}");
    let mut untold = UNTOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if !untold.contains(&text) {
        untold.push(text);
    }
}

/// This one need not be said any more: `main` prints it itself, or another one stands for it.
pub(crate) fn told_elsewhere(text: &str) {
    let mut untold = UNTOLD.lock().unwrap_or_else(PoisonError::into_inner);
    untold.retain(|other| other != text);
}

/// Takes what was not printed yet.
pub(super) fn take() -> Vec<String> {
    std::mem::take(&mut *UNTOLD.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Logs what was not printed yet.
pub(crate) fn say_all() {
    for text in take() {
        tracing::error!("{text}");
    }
}
