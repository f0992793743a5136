//! Documents: links between them lead somewhere, contents are complete, and none grows too long.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::walk;

/// The documents of a repository, as paths from its root; what `include_str!` makes rustdoc of links as rustdoc does.
pub fn documents(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    walk(root, root, &mut |path, is_folder| {
        let is_rustdoc = path.starts_with("catenae/src/");
        if !is_folder && path.ends_with(".md") && !is_rustdoc {
            found.push(path.to_owned());
        }
    });
    found.sort();
    found
}

/// Every link of a document that leads nowhere, as `path: target: why`.
pub fn broken(root: &Path, path: &str) -> Vec<String> {
    let text = fs::read_to_string(root.join(path)).unwrap();
    let folder = Path::new(path).parent().unwrap();
    let why = |target: &String| {
        let (file, anchor) = target.split_once('#').unwrap_or((target.as_str(), ""));
        let other = match file {
            "" => Path::new(path).to_owned(),
            file => folder.join(file),
        };
        let other = root.join(other);
        if !other.exists() {
            return Some(format!("{path}: {target}: there is no such file"));
        }
        let is_there = || anchors(&fs::read_to_string(&other).unwrap()).contains(anchor);
        (!anchor.is_empty() && !is_there())
            .then(|| format!("{path}: {target}: there is no such heading"))
    };
    links(&text).iter().filter_map(why).collect()
}

/// The targets of a text's links that are no addresses of the web.
pub fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// What can stand behind the `#` of a link to a text: its headings, in the spelling of web pages.
pub fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_kept = |c: &char| c.is_alphanumeric() || ['-', '_', ' '].contains(c);
    for line in outside_of_code(text).filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept: String = heading.chars().filter(is_kept).collect();
        let anchor = kept.replace(' ', "-");
        let more = (1..).map(|number| format!("{anchor}-{number}"));
        let mut names = [anchor.clone()].into_iter().chain(more);
        names.find(|name| found.insert(name.clone()));
    }
    found
}

/// The lines of a text that are in no block of code.
fn outside_of_code(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// A text without its code.
fn prose(text: &str) -> String {
    let lines: Vec<&str> = outside_of_code(text).collect();
    // Code between backticks is every second piece.
    let text = lines.join("\n");
    let pieces = text.split('`').step_by(2);
    pieces.collect::<Vec<_>>().join(" ")
}

#[test]
fn links_are_read() {
    let text = "# A\n[b](b.md#c) and `[d](d.md)`, [e\nf](#a-1)\n```sh\n[g](g.md)\n# no\n```\n## A `b`, c!\n# A\n\
                [h](https://example.org) [`i`](i)\n";
    assert_eq!(links(text), ["b.md#c", "#a-1", "i"]);
    let expected = ["a", "a-1", "a-b-c"];
    assert!(anchors(text).iter().eq(expected), "{:?}", anchors(text));
}
