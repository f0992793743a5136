//! The package of one's own that the README tells how to make is made, and runs.

use std::env::temp_dir;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, id};

use crate::readme::{check, fences, marked, root};

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Does what a text says between its commands `cargo new` and `cargo run`, and compares what is printed.
#[track_caller]
pub fn check_own(text: &str) {
    let folder = Folder(temp_dir().join(format!("catenae-own-{}", id())));
    let Folder(path) = &folder;
    fs::create_dir_all(path).unwrap();
    // The clone, under the name that the README gives it.
    std::os::unix::fs::symlink(fs::canonicalize(root()).unwrap(), path.join("catenae")).unwrap();

    let text = &text[text.find("\n## A package of your own\n").unwrap()..];
    let fences = fences(text);
    let block = |info: &str| {
        let (_, lines) = fences.iter().find(|(found, _)| *found == info).unwrap();
        lines.join("\n") + "\n"
    };
    let (is_success, printed) = shell(&block("sh"), path);
    assert!(is_success, "{printed}");
    let package = path.join("chain");
    let manifest = package.join("Cargo.toml");
    let head = fs::read_to_string(&manifest).unwrap();
    let head = head.replace("[dependencies]\n", "");
    fs::write(&manifest, head + &block("toml")).unwrap();
    fs::write(package.join("src/main.rs"), block("rust,no_run")).unwrap();
    // The versions that everything else here is tested with.
    fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock")).unwrap();

    let own = &marked(text, "own")[0];
    let printed = own.commands.iter().flat_map(|command| {
        let (is_success, printed) = shell(command, &package);
        assert!(is_success, "{command}: {printed}");
        printed.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    check(own, &printed.collect::<Vec<_>>());
}

/// Runs a script; whether it went well, and its standard output.
fn shell(script: &str, folder: &Path) -> (bool, String) {
    let output = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        // What it compiles is kept for the next time.
        .env(
            "CARGO_TARGET_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/own"),
        )
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), printed)
}
