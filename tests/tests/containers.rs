//! The Compose files are valid, and say what the examples promise.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Compose, as a program of its own or as a plugin of `docker`.
fn compose() -> Command {
    let answers = |mut command: Command| {
        let output = command.arg("version").output();
        output.is_ok_and(|output| output.status.success())
    };
    let plugin = || {
        let mut docker = Command::new("docker");
        docker.arg("compose");
        docker
    };
    if answers(Command::new("docker-compose")) {
        return Command::new("docker-compose");
    }
    assert!(
        answers(plugin()),
        "neither `docker-compose` nor `docker compose` is installed: run tests/scripts/install.sh, or \
         install Debian's package docker-compose"
    );
    plugin()
}

/// What Compose makes of a file.
fn run_compose(file: &str, arguments: &[&str]) -> String {
    let path: PathBuf = root().join(file);
    let output = compose()
        .arg("--file")
        .arg(&path)
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn check(file: &str, micromodules: &[&str]) {
    run_compose(file, &["config", "--quiet"]);
    let listed = run_compose(file, &["config", "--services"]);
    let mut services: Vec<&str> = listed.lines().collect();
    services.sort_unstable();
    let mut expected = [&["kafka"], micromodules].concat();
    expected.sort_unstable();
    assert_eq!(services, expected, "the services of {file}");

    let resolved = run_compose(file, &["config"]);
    let count = |what: &str| resolved.matches(what).count();
    let waiting = count("condition: service_healthy");
    assert_eq!(waiting, micromodules.len(), "{file}: who waits for Kafka");
    // Either of these would make a second instance impossible.
    for fixed in ["container_name:", "ports:"] {
        assert_eq!(count(fixed), 0, "{file}: `{fixed}` prevents --scale");
    }
}

#[test]
#[ignore = "needs Docker Compose"]
fn filter() {
    check("examples/filter/compose.yaml", &["streamer", "filter"]);
}

#[test]
#[ignore = "needs Docker Compose"]
fn wordcount() {
    check(
        "examples/wordcount/compose.yaml",
        &["streamer", "mapper", "reducer"],
    );
}

#[test]
fn containers_run_the_kafka_that_the_tests_run() {
    let pom = read("tests/kafka/pom.xml");
    let (_, rest) = pom.split_once("<kafka.version>").unwrap();
    let (version, _) = rest.split_once('<').unwrap();
    for file in [
        "examples/filter/compose.yaml",
        "examples/wordcount/compose.yaml",
    ] {
        let image = format!("image: apache/kafka:{version}\n");
        assert!(read(file).contains(&image), "{file} has no `{image}`");
    }
}

/// The image starts the program itself: a shell would swallow the signal that asks it to stop.
#[test]
fn the_image_passes_signals_on() {
    let dockerfile = read("Dockerfile");
    let has = |line: &str| dockerfile.lines().any(|found| found == line);
    assert!(has("ENTRYPOINT [\"/usr/local/bin/micromodule\"]"));
    assert!(has("STOPSIGNAL SIGTERM"));
    assert!(has("ENV CATENAE_DOCKER=true"));
    assert!(has("USER 10001:10001"));
}

/// The library's source includes some of its rustdoc, which must get into the image that compiles it.
#[test]
fn the_image_has_what_the_source_includes() {
    assert!(read("catenae/src/lib.rs").contains("include_str!(\"link/attribute.md\")"));
    let ignored = read(".dockerignore");
    let line = |searched: &str| ignored.lines().position(|line| line == searched);
    // The last pattern that fits a file decides.
    assert!(line("**/*.md").unwrap() < line("!catenae/src/**/*.md").unwrap());
}

#[test]
fn images_are_built_from_binaries_that_exist() {
    let manifest = read("examples/Cargo.toml");
    for (file, count) in [
        ("examples/wordcount/compose.yaml", 3),
        ("examples/filter/compose.yaml", 2),
    ] {
        let compose = read(file);
        let built = compose
            .lines()
            .filter_map(|line| line.trim().strip_prefix("BIN: "));
        let built: Vec<&str> = built.collect();
        assert_eq!(built.len(), count, "{file}");
        for binary in built {
            let named = format!("name = \"{binary}\"\n");
            assert!(
                manifest.contains(&named),
                "{file}: there is no binary `{binary}`"
            );
        }
    }
}
