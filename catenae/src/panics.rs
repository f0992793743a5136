//! Panics of the user's code: what was said, and where.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread;

/// A panic that was caught.
pub(crate) struct Panicked {
    /// `file:line:column`; `None` when it was passed on from elsewhere.
    pub(crate) place: Option<String>,
    pub(crate) payload: Box<dyn Any + Send>,
}

thread_local! {
    /// Where the last panic of this thread was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the places of panics from now on; whatever else happens at a panic happens as before.
pub(crate) fn keep_places() {
    static KEPT: Once = Once::new();
    // The hook cannot be changed by a thread that panics.
    if thread::panicking() {
        return;
    }
    KEPT.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string);
            PLACE.with_borrow_mut(|last| *last = place);
            before(info);
        }));
    });
}

/// Runs the user's code, and catches its panic.
pub(crate) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Panicked> {
    PLACE.with_borrow_mut(|last| *last = None);
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| Panicked {
        place: PLACE.take(),
        payload,
    })
}

/// The text that a panic was raised with, if it is text.
pub(crate) fn text(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "the panic's value is not text".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_that_of_the_panic_that_was_caught() {
        keep_places();
        let place = |run: fn()| catch(run).expect_err("it panics").place;
        let line = line!() + 1;
        let first = place(|| panic!("first")).expect("a place");
        assert!(first.contains(&format!("panics.rs:{line}:")), "{first}");
        // Somebody else's panic, caught elsewhere and passed on: its place is not known here.
        assert_eq!(place(|| panic::resume_unwind(Box::new("elsewhere"))), None);
        assert!(catch(|| 7).is_ok_and(|seven| seven == 7));
    }
}
