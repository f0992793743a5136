//! One of four mappers is killed in the middle, and no line is lost.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use catenae_tests::{Child, DEADLINE, Signal, TestBroker, committed, eventually, feed, length};

use crate::fleet::Fleet;
use crate::wordcount::{text, totals, truth};

/// For the machine that is busy with much else.
const PATIENCE: Duration = Duration::from_secs(240);

/// The words of a line; a word more is the line's own, so that a lost line cannot hide behind
/// another one that was counted twice.
const WORDS: usize = 4;

/// How many lines: 200,000, or as many as `CATENAE_TEST_KILL_LINES` says.
fn lines() -> usize {
    let given = env::var("CATENAE_TEST_KILL_LINES").ok();
    given.map_or(200_000, |given| given.parse().unwrap())
}

#[test]
#[ignore = "needs Apache Kafka"]
fn a_killed_mapper_loses_no_line() {
    let began = Instant::now();
    let mut fleet = Fleet::new(TestBroker::kafka());
    let lines = lines();
    let text = text(lines, WORDS, 11);
    let numbered = text.lines().enumerate();
    let text: String = numbered.map(|(n, line)| format!("n{n} {line}\n")).collect();
    let truth = truth(&text);
    let words: u64 = truth.values().sum();
    let reducer = fleet.start_with("reducer", &[]);
    let mappers: Vec<Child> = (0..4).map(|_| fleet.start_with("mapper", &[])).collect();
    for mapper in &mappers {
        mapper.line("assigned: mapper_input", DEADLINE);
    }
    let (input, middle) = (fleet.stream("mapper_input"), fleet.stream("reducer_input"));
    let group = fleet.group("catenae_mapper");
    thread::scope(|scope| {
        let records = text.lines().map(|line| (None, Some(line.as_bytes())));
        scope.spawn(|| feed(&fleet.broker, &input, records));
        eventually("a quarter of the words is there", PATIENCE, || {
            (length(&fleet.broker, &middle) as u64 >= words / 4).then_some(())
        });
        mappers[1].signal(Signal::Kill);
    });
    assert!(!mappers[1].end(DEADLINE).success());
    let settled: i64 = committed(&fleet.broker, &group, &input).values().sum();
    assert!((settled as usize) < lines, "it was killed too late");
    let killed = began.elapsed();
    fleet.read_to_the_end("mapper", PATIENCE);
    fleet.read_to_the_end("reducer", PATIENCE);
    reducer.signal(Signal::Terminate);
    assert!(reducer.end(DEADLINE).success(), "{:#?}", reducer.lines());
    let counted = totals(reducer.printed());
    let unknown = counted.keys().find(|word| !truth.contains_key(*word));
    assert_eq!(unknown, None, "a word that nobody sent");
    let seen = |word: &str| counted.get(word).copied().unwrap_or_default();
    let mut missing = truth.iter().filter(|(word, count)| seen(word) < **count);
    if let Some((word, count)) = missing.next() {
        let (seen, more) = (seen(word), missing.count());
        panic!("`{word}` was counted {seen} times of {count}, and {more} more words are missing");
    }
    let twice = counted.values().sum::<u64>() - words;
    eprintln!(
        "{lines} lines: killed after {killed:.1?} with {settled} lines settled, read after {:.1?}; \
         {twice} of {words} words were counted twice",
        began.elapsed()
    );
    for (number, mapper) in mappers
        .iter()
        .enumerate()
        .filter(|(number, _)| *number != 1)
    {
        mapper.signal(Signal::Terminate);
        assert!(
            mapper.end(DEADLINE).success(),
            "mapper {number}: {:#?}",
            mapper.lines()
        );
    }
}
