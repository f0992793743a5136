//! The source of the word count: sends a text line by line.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::PathBuf;

use catenae::prelude::*;

/// What is counted when no file is given.
const TEXT: &str = include_str!("text.txt");

/// What the streamer sends.
#[derive(clap::Args)]
pub struct Text {
    /// The text file to send, line by line; without it a few lines that come along
    #[arg(long)]
    file: Option<PathBuf>,
}

/// Sends a text line by line.
#[catenae::link(output = "mapper_input", args = Text)]
pub fn streamer(ctx: &Context) -> io::Result<Box<dyn Iterator<Item = io::Result<String>>>> {
    match ctx.args::<Text>().and_then(|text| text.file.as_ref()) {
        Some(path) => Ok(Box::new(lines(path.clone())?)),
        None => Ok(Box::new(TEXT.lines().map(|line| Ok(line.to_owned())))),
    }
}

/// The lines of a file; every error says which file it was.
fn lines(path: PathBuf) -> io::Result<impl Iterator<Item = io::Result<String>>> {
    let file = File::open(&path);
    let named = move |error: io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}", path.display()))
    };
    let file = file.map_err(&named)?;
    Ok(BufReader::new(file)
        .lines()
        .map(move |line| line.map_err(&named)))
}
