//! A file of JSON lines that is on the disk before anybody relies on it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

/// The file.
#[derive(Debug)]
pub struct Journal {
    file: File,
    pending: Vec<u8>,
}

impl Journal {
    /// A new one.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let pending = Vec::new();
        Ok(Self { file, pending })
    }

    /// Adds a line, which is in the file after the next [`sync`](Self::sync).
    ///
    /// # Errors
    /// When the entry is none of JSON.
    pub fn add(&mut self, entry: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.pending, entry)?;
        self.pending.push(b'\n');
        Ok(())
    }

    /// Writes what was added and waits for the disk.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.pending)?;
        self.pending.clear();
        self.file.sync_data()
    }
}
