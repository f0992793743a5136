//! The rules of the house that a program can check.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

#[path = "tidy/floors.rs"]
mod floors;
#[path = "tidy/links.rs"]
mod links;
#[path = "tidy/mask.rs"]
mod mask;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/sources.rs"]
mod sources;

use std::collections::BTreeMap;
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

/// A room imports from floors below, and the map of the architecture has every room on its floor.
#[test]
fn every_room_stands_on_its_floor() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let library = floors::Crate::read(&root.join("catenae/src"));
    let (rooms, arrows) = (library.rooms(), library.arrows());
    assert!(rooms.len() > 30, "only {rooms:?}");
    let found = floors::floors(&rooms, &arrows)
        .unwrap_or_else(|circle| panic!("rooms import from each other:\n{circle}"));
    let map = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let mut drawn = BTreeMap::new();
    for row in map.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let Some(Ok(floor)) = cells.next().map(str::parse::<usize>) else {
            continue;
        };
        let rooms = cells.next().unwrap().split(", ");
        drawn.extend(rooms.map(|room| (room.trim_matches('`').to_owned(), floor)));
    }
    let unequal = |(room, floor): &(&String, &usize)| drawn.get(*room) != Some(*floor);
    let wrong: Vec<_> = found.iter().filter(unequal).collect();
    let gone: Vec<_> = drawn
        .keys()
        .filter(|room| !found.contains_key(*room))
        .collect();
    assert!(
        wrong.is_empty() && gone.is_empty(),
        "ARCHITECTURE.md has not these rooms on these floors: {wrong:#?}; and has rooms that are not there: {gone:?}"
    );
}

/// A type that does more is several.
#[test]
fn no_type_has_too_many_methods() {
    const MOST: usize = 25;
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let methods = floors::Crate::read(&root.join("catenae/src")).methods();
    assert!(methods.len() > 150, "only {}", methods.len());
    let many: Vec<_> = methods.iter().filter(|(_, count)| **count > MOST).collect();
    assert!(many.is_empty(), "split by what it does: {many:#?}");
}

/// Who finds a name knows what it is.
#[test]
fn a_type_name_has_one_meaning() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let library = floors::Crate::read(&root.join("catenae/src"));
    let types = library.types();
    assert!(types.len() > 400, "only {}", types.len());
    let several: Vec<_> = types.iter().filter(|(_, at)| at.len() > 1).collect();
    assert!(
        several.is_empty(),
        "rename all but one of each: {several:#?}"
    );
}

/// What the first suite leaves out must be run by the second, which names its targets.
#[test]
fn what_is_ignored_is_run_by_the_second_suite() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let script = fs::read_to_string(root.join(".ci/run")).unwrap();
    let (_, suite) = script
        .split_once("step \"the suite on Apache Kafka\"")
        .unwrap();
    let (suite, _) = suite.split_once("\n\n").unwrap();
    assert!(suite.contains("-- --include-ignored"), "{suite}");
    let mut left_out = 0;
    for folder in ["tests/tests", "examples/tests"] {
        walk(root, &root.join(folder), &mut |path, is_folder| {
            let file = Path::new(path).strip_prefix(folder).unwrap();
            let target = file.iter().next().unwrap().to_str().unwrap();
            let target = target.trim_end_matches(".rs");
            if is_folder || target == "tidy" {
                return;
            }
            let text = fs::read_to_string(root.join(path)).unwrap();
            let ignored = text.matches("#[ignore = \"needs ").count();
            left_out += ignored;
            let run = suite.contains(&format!("--test {target} "));
            assert!(
                ignored == 0 || run,
                "{path}: .ci/run has no `--test {target}`"
            );
        });
    }
    assert!(left_out >= 30, "only {left_out} are left out");
}

/// The page of public troubles names the test that holds each.
#[test]
fn every_field_case_has_its_tests() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let page = fs::read_to_string(root.join("design/field-cases.md")).unwrap();
    let mut cases = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        if tests == "tests" {
            continue;
        }
        cases += 1;
        for name in tests.split(", ") {
            let path = name.trim_matches('`');
            let (module, test) = path.rsplit_once("::").unwrap();
            let (target, module) = module.split_once("::").unwrap_or((module, ""));
            let file = module.replace("::", "/");
            let files = match target {
                "behavior" => vec![format!("tests/tests/behavior/{file}.rs")],
                "containers" => vec!["tests/tests/containers.rs".to_owned()],
                // In a file of their own, or at the end of what they test.
                _ => vec![
                    format!("catenae/src/{file}.rs"),
                    format!("catenae/src/{}.rs", file.trim_end_matches("/tests")),
                ],
            };
            let is_there = |file: &String| {
                let text = fs::read_to_string(root.join(file)).unwrap_or_default();
                text.contains(&format!("fn {test}("))
            };
            assert!(files.iter().any(is_there), "{name} is in none of {files:?}");
        }
    }
    assert!(cases > 40, "only {cases} cases");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let documents = links::documents(root);
    assert!(documents.len() > 30, "only {documents:?}");
    let broken = documents.iter().flat_map(|path| links::broken(root, path));
    let broken: Vec<String> = broken.collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// A chapter or a page that no contents name is found by no reader; programs that are not compiled grow old.
#[test]
fn every_chapter_is_listed_and_compiled() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let linked = |path: &str| links::links(&read(path));
    let (chapters, pages) = (linked("guide/README.md"), linked("ARCHITECTURE.md"));
    let compiled = read("catenae/src/guide.rs");
    for path in links::documents(root) {
        let text = read(&path);
        let is_listed = match path.split_once('/') {
            Some(("guide", chapter)) => {
                chapter == "README.md" || chapters.contains(&chapter.into())
            }
            Some(("design", _)) => pages.contains(&path),
            _ => true,
        };
        assert!(is_listed, "{path} is in no contents");
        let is_taught = path == "README.md" || path.starts_with("guide/");
        let is_compiled = compiled.contains(&format!("include_str!(\"../../{path}\")"));
        assert!(
            !is_taught || is_compiled == text.contains("\n```rust"),
            "{path}: catenae/src/guide.rs includes what has programs, and nothing else"
        );
        // A reader should not turn back at the length.
        let most = match path.as_str() {
            "README.md" | "ARCHITECTURE.md" => 200,
            _ if path.starts_with("guide/") => 150,
            _ => usize::MAX,
        };
        let lines = text.lines().count();
        assert!(lines <= most, "{path}: {lines} lines, {most} are the limit");
    }
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
    check("catenae/src/instance.rs", "use rdkafka::x;\n", kafka, &[2]);
    check(
        "catenae/src/kafka/consumer/reader.rs",
        "use rdkafka::x;\n",
        kafka,
        &[],
    );
    check(
        "catenae/src/instance.rs",
        "// rdkafka\nlet x = \"rdkafka\";\n",
        kafka,
        &[],
    );
    let gives = "no room gives it away";
    let away = "pub(crate) use rdkafka::x;\n";
    check("catenae/src/kafka/client.rs", away, gives, &[2]);
    let clap = "only the command line knows `clap`";
    check("catenae/src/config.rs", "\nuse clap::x;\n", clap, &[3]);
    check("catenae/src/cli/flags.rs", "use clap::x;\n", clap, &[]);
    check("catenae/src/lib.rs", "pub use clap;\n", clap, &[]);
    for word in ["tokio", "Instant", "SystemTime"] {
        let code = format!("use {word};\n");
        check("catenae/src/settle/tracker.rs", &code, "a pure room", &[2]);
        check("catenae/src/emit.rs", &code, "a pure room", &[2]);
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
    let library = "catenae/src/instance.rs";
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
    let starts = complaints("catenae/src/instance.rs", "use x;\n");
    assert!(starts[0].contains("instance.rs:1: ") && starts[0].contains("`//!`"));
    assert!(complaints("ui-tests/link/fail/x.rs", "use x;\n").is_empty());
    let long = "\n".repeat(400);
    check("catenae/src/instance.rs", &long, "split it", &[401]);
    assert!(
        folder_complaint("catenae/src/util")
            .unwrap()
            .contains("`util`")
    );
    assert_eq!(folder_complaint("catenae/src/link"), None);
}
