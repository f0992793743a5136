//! The source of the filter: sends a text line by line.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use catenae::prelude::*;

/// What is filtered when no file is given.
const TEXT: &str = include_str!("text.txt");

/// What the streamer sends.
#[derive(clap::Args)]
pub struct Text {
    /// The text file to send, line by line; without it a few lines that come along
    #[arg(long)]
    file: Option<PathBuf>,
}

/// Sends a text line by line.
#[catenae::link(output = "filter_input", args = Text)]
pub fn filter_streamer(ctx: &Context) -> io::Result<Box<dyn Iterator<Item = io::Result<String>>>> {
    match ctx.args::<Text>().and_then(|text| text.file.as_ref()) {
        Some(path) => Ok(Box::new(BufReader::new(open(path)?).lines())),
        None => Ok(Box::new(TEXT.lines().map(|line| Ok(line.to_owned())))),
    }
}

/// Opens a file; the error says which one it was.
fn open(path: &Path) -> io::Result<File> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    File::open(path).map_err(named)
}
