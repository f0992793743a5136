//! Names of streams that collide, and names that look misspelled.

use catenae_tests::{DEADLINE, TestBroker, unique};

use crate::stage::{Stage, exits};

#[test]
fn a_name_that_collides_names_the_other_one() {
    let mut stage = Stage::bare(TestBroker::start());
    let there = format!("{}.b", unique("a"));
    stage.broker.create(&there, 1);
    stage.broker.create(&stage.output, 1);
    stage.input = there.replace('.', "_");
    let check = |more: &[&str], parts: &[&str]| {
        let worker = stage.start("worker", more);
        exits(&worker, 1);
        let error = worker.line("error: ", DEADLINE);
        for part in parts {
            assert!(error.contains(part), "no `{part}` in {error}");
        }
    };
    let both = format!(
        "stream `{}` cannot be created beside `{there}`",
        stage.input
    );
    check(&[], &[&both, "rename one of the two"]);
    // So does the stream of dead letters of an input with such a name.
    let dead = format!("{}_worker_dlq", stage.output);
    stage.broker.create(&dead, 1);
    let both = format!(
        "stream `{}.worker.dlq` cannot be created beside `{dead}`",
        stage.output
    );
    let more = [
        "-i",
        &stage.output,
        "-o",
        &there,
        "--on-error",
        "dead_letter",
    ];
    check(&more, &[&both, "named after its input and its link"]);
    // Two that are both missing.
    let (one, two) = (unique("c.d"), unique("c.d").replace('.', "_"));
    let two = two.replace(two.trim_start_matches("c_d"), one.trim_start_matches("c.d"));
    check(&["-i", &one, "-o", &two], &["cannot be created beside"]);
}

#[test]
#[ignore = "needs Apache Kafka"]
fn an_input_that_had_to_be_created_is_told_with_the_one_that_looks_like_it() {
    let broker = TestBroker::kafka();
    let mut stage = Stage::bare(broker);
    let there = unique("words");
    let also = there.replace("words", "word");
    stage.broker.create(&there, 1);
    stage.broker.create(&also, 1);
    stage.input = there.replace("words", "wrods");
    let worker = stage.start("worker", &["--partitions", "1"]);
    let line = worker.line("created stream `wrods", DEADLINE);
    assert!(
        line.contains(" WARN ") && line.contains(&format!("did you mean `{there}` or `{also}`?")),
        "{line}"
    );
    assert!(line.contains("with 1 partition:"), "{line}");
    // Nothing looks like this one, and an output is there to be created.
    stage.input = unique("something-else");
    stage.output = there.replace("words", "wordz");
    let worker = stage.start("worker", &[]);
    let line = worker.line("created stream `something-else", DEADLINE);
    assert!(
        line.contains(" WARN ") && line.ends_with("is empty until somebody writes to it"),
        "{line}"
    );
    let line = worker.line("created stream `wordz", DEADLINE);
    assert!(line.contains(" INFO "), "{line}");
}
