//! The probes by their names: symbolic links to the one binary that has all of them.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Where a probe lies; `binary` is the one of all of them, which goes by the name that it is called by.
///
/// # Panics
/// When the file system refuses it.
#[must_use]
pub fn probe_path(binary: &str, probe: &str) -> PathBuf {
    let binary = Path::new(binary);
    let folder = binary.with_file_name("probes-by-name");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("probe-{probe}"));
    let target = Path::new("..").join(binary.file_name().expect("the name of a binary"));
    match symlink(target, &path) {
        Ok(()) => {}
        // Of an earlier test, and it leads to the same place.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => panic!("{}: {error}", path.display()),
    }
    path
}
