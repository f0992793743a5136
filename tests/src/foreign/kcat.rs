//! kcat: another program, in C.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use super::Row;
use crate::broker::TestBroker;

#[track_caller]
pub(super) fn write(broker: &TestBroker, stream: &str, headers: &[(&str, &str)], rows: &[Row<'_>]) {
    let headers = headers
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let headers: Vec<String> = headers.flat_map(|one| ["-H".to_owned(), one]).collect();
    for row in rows {
        let mut arguments = vec!["-P", "-t", stream];
        arguments.extend(headers.iter().map(String::as_str));
        let line = match row {
            (Some(key), value) => {
                arguments.push("-K:");
                format!("{key}:{value}\n")
            }
            (None, value) => format!("{value}\n"),
        };
        kcat(broker, &arguments, &line);
    }
}

#[track_caller]
pub(super) fn read(broker: &TestBroker, stream: &str) -> Vec<String> {
    let show = ["-o", "beginning", "-e", "-q", "-f", "%k|%s|%h\n"];
    let printed = kcat(broker, &[&["-C", "-t", stream], &show[..]].concat(), "");
    printed.lines().map(str::to_owned).collect()
}

/// Runs `kcat -b <broker>` with these arguments and this input, and returns what it printed.
#[track_caller]
fn kcat(broker: &TestBroker, arguments: &[&str], input: &str) -> String {
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
