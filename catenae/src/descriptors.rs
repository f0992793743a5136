//! Whether this process may open as many files as a micromodule needs: connections are files, too.

use std::fs::File;
use std::io;

use crate::error::{Error, ErrorKind};

/// What one micromodule needs on a small Kafka: its clients have a connection to each broker, and
/// something to be woken by.
const NEEDED: usize = 64;

/// Tries it, because the limit alone does not tell how many are open.
///
/// # Errors
/// How many there can be, and what to do.
pub(crate) fn check() -> Result<(), Error> {
    let mut held = Vec::with_capacity(NEEDED);
    let short = loop {
        if held.len() == NEEDED {
            return Ok(());
        }
        match File::open("/dev/null") {
            Ok(file) => held.push(file),
            Err(error) if is_limit(&error) => break error,
            // Then this says nothing about the limit.
            Err(_) => return Ok(()),
        }
    };
    let context = format!(
        "this process may open only {} more files, and a micromodule needs {NEEDED} at least, most of them \
         for connections: raise the limit with `ulimit -n`",
        held.len()
    );
    Err(Error::new(ErrorKind::Lifecycle, context).caused_by(short))
}

/// Whether a limit of the process, or of the system, is reached.
fn is_limit(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENFILE | libc::EMFILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_process_may_open_enough_and_a_limit_is_known() {
        assert!(check().is_ok());
        for (code, limit) in [
            (libc::EMFILE, true),
            (libc::ENFILE, true),
            (libc::ENOENT, false),
        ] {
            assert_eq!(
                is_limit(&io::Error::from_raw_os_error(code)),
                limit,
                "{code}"
            );
        }
    }
}
