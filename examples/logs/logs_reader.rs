//! The source of the logs: sends each line with its host as the key.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use catenae::prelude::*;

/// What is sent when no file is given.
const LOG: &str = include_str!("hosts.log");

/// What the reader sends.
#[derive(clap::Args)]
pub struct Log {
    /// The log file to send: a time, a host and a text per line; without it a few lines that come
    /// along
    #[arg(long)]
    file: Option<PathBuf>,
}

/// Sends each line of a log with its host as the key.
///
/// The key is set here, at the source: lines without a key are spread over all partitions, and no
/// link behind could put those of one host in order again.
#[catenae::link(output = "logs", args = Log)]
pub fn logs_reader(
    ctx: &Context,
) -> io::Result<Box<dyn Iterator<Item = io::Result<Electron<String>>>>> {
    match ctx.args::<Log>().and_then(|log| log.file.as_ref()) {
        Some(path) => {
            let lines = BufReader::new(open(path)?).lines();
            Ok(Box::new(lines.map(|line| line.map(keyed))))
        }
        None => Ok(Box::new(LOG.lines().map(|line| Ok(keyed(line.to_owned()))))),
    }
}

/// The line with its second word as the key; one without a second word gets none.
fn keyed(line: String) -> Electron<String> {
    match line.split_whitespace().nth(1).map(str::to_owned) {
        Some(host) => Electron::new(line).with_key(host),
        None => Electron::new(line),
    }
}

/// Opens a file; the error says which one it was.
fn open(path: &Path) -> io::Result<File> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    File::open(path).map_err(named)
}

#[cfg(test)]
mod tests {
    use super::keyed;

    #[test]
    fn the_host_is_the_key() {
        for (line, key) in [
            ("12:00:01 web-1 GET /", Some("web-1")),
            ("12:00:01  web-1", Some("web-1")),
            ("restarted", None),
            ("", None),
        ] {
            let electron = keyed(line.to_owned());
            assert_eq!(electron.key().map(String::as_str), key, "{line}");
            assert_eq!(electron.value, line);
        }
    }
}
