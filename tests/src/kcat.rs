//! kcat, the foreign client: another program that reads and writes the same streams.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use crate::broker::TestBroker;

/// Runs `kcat -b <broker>` with these arguments and this input, and returns what it printed.
///
/// # Panics
/// When it is not installed, or fails.
#[must_use]
#[track_caller]
pub fn kcat(broker: &TestBroker, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("kcat")
        .args(["-b", broker.address(), "-m", "30"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kcat is not installed: run tests/scripts/install.sh");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let input = input.to_owned();
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("kcat ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kcat {arguments:?}: {errors}");
    writer
        .join()
        .expect("no panic")
        .expect("kcat reads its input");
    String::from_utf8(output.stdout).expect("UTF-8")
}
