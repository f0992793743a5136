//! The rules of the house that a program can check.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

#[path = "tidy/mask.rs"]
mod mask;
#[path = "tidy/rules.rs"]
mod rules;

use std::fs;
use std::path::Path;

use rules::{complaints, folder_complaint};

/// Folders that are not ours to judge.
const SKIPPED: &[&str] = &["target", ".git", "corpus", "artifacts"];

/// Calls `visit` with every file and folder below `folder`, as paths relative to `root`.
fn walk(root: &Path, folder: &Path, visit: &mut dyn FnMut(&str, bool)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let relative = path.strip_prefix(root).unwrap().to_string_lossy();
        if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
            visit(&relative, true);
            walk(root, &path, visit);
        } else if path.is_file() {
            visit(&relative, false);
        }
    }
}

#[test]
fn the_house_is_tidy() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let (mut found, mut files) = (Vec::new(), 0);
    walk(root, root, &mut |path, is_folder| {
        if is_folder {
            found.extend(folder_complaint(path));
        } else if path.ends_with(".rs") {
            files += 1;
            found.extend(complaints(
                path,
                &fs::read_to_string(root.join(path)).unwrap(),
            ));
        }
    });
    assert!(
        files > 20,
        "only {files} files found below {}",
        root.display()
    );
    found.sort();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Checks which lines of a text are complained about, and that the complaint says `rule`.
#[track_caller]
fn check(path: &str, text: &str, rule: &str, lines: &[usize]) {
    let text = format!("//! A file.\n{text}");
    let found = complaints(path, &text);
    let expected: Vec<String> = lines
        .iter()
        .map(|line| format!("{path}:{line}: "))
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (complaint, start) in found.iter().zip(&expected) {
        assert!(complaint.starts_with(start), "{complaint}");
        assert!(complaint.contains(rule), "{complaint}");
    }
}

#[test]
fn rooms_know_only_what_they_may() {
    let kafka = "only the Kafka room knows `rdkafka`";
    check("catenae/src/run.rs", "use rdkafka::x;\n", kafka, &[2]);
    check(
        "catenae/src/kafka/reader.rs",
        "use rdkafka::x;\n",
        kafka,
        &[],
    );
    check(
        "catenae/src/run.rs",
        "// rdkafka\nlet x = \"rdkafka\";\n",
        kafka,
        &[],
    );
    let clap = "only the command line knows `clap`";
    check("catenae/src/config.rs", "\nuse clap::x;\n", clap, &[3]);
    check("catenae/src/cli/own.rs", "use clap::x;\n", clap, &[]);
    check("catenae/src/lib.rs", "pub use clap;\n", clap, &[]);
    for word in ["tokio", "Instant", "SystemTime"] {
        let code = format!("use {word};\n");
        check("catenae/src/tracker/ring.rs", &code, "a pure room", &[2]);
        check("catenae/src/link/emitter.rs", &code, "a pure room", &[2]);
        check("catenae/src/context.rs", &code, "a pure room", &[]);
    }
    check(
        "catenae-macros/src/expand.rs",
        "quote!(serde)\n",
        "names no `serde`",
        &[2],
    );
    check(
        "catenae/src/link/rpc.rs",
        "use crate::rpc;\n",
        "never import each other",
        &[2],
    );
    check(
        "catenae/src/rpc.rs",
        "use crate::link;\n",
        "never import each other",
        &[2],
    );
}

#[test]
fn lines_that_must_not_be() {
    let library = "catenae/src/run.rs";
    check(library, "#[allow(dead_code)]\n", "#[expect(", &[2]);
    check(library, "todo!()\ndbg!(1);\n", "unfinished", &[2, 3]);
    check(library, "x.unwrap();\n", "`.unwrap()`", &[2]);
    check(
        library,
        "#[cfg(test)]\nmod tests {\nx.unwrap();\n}\n",
        "",
        &[],
    );
    check("catenae/src/codec/tests.rs", "x.unwrap();\n", "", &[]);
    check(
        library,
        "#[cfg(test)]\nmod tests {\nsleep(x);\n}\n",
        "a deadline",
        &[4],
    );
    check(
        "tests/tests/link.rs",
        "thread::sleep(x);\n",
        "a deadline",
        &[2],
    );
    check(library, "use anyhow::x;\n", "`anyhow`", &[2]);
}

#[test]
fn files_and_folders() {
    let starts = complaints("catenae/src/run.rs", "use x;\n");
    assert!(starts[0].contains("run.rs:1: ") && starts[0].contains("`//!`"));
    assert!(complaints("ui-tests/fail/x.rs", "use x;\n").is_empty());
    let long = "\n".repeat(400);
    check("catenae/src/run.rs", &long, "split it", &[401]);
    assert!(
        folder_complaint("catenae/src/util")
            .unwrap()
            .contains("`util`")
    );
    assert_eq!(folder_complaint("catenae/src/link"), None);
}
