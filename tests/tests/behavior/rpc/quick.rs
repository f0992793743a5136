//! Methods that are quick run where they were read; one that turns out not to be keeps nobody.

use super::Office;

/// `wait_for` is as quick as can be while its file is there: after that it is trusted, and hangs.
#[test]
fn a_quick_method_that_hangs_keeps_nobody() {
    let office = Office::new();
    let _desk = office.desk(&[]);
    let (hand, uid) = (office.hand(), &*office.uid);
    let there = office.stage.file("there");
    std::fs::write(&there, "").expect("a file");
    let rounds = 5;
    let mut hanging = Vec::new();
    for round in 0..rounds {
        let missing = office.stage.file(&format!("missing-{round}"));
        let files = std::iter::repeat_n(&there, 300).chain([&missing]);
        // In one go, so that somebody watches when the last one comes.
        let mut begun = hand.begin_all("desk", uid, "wait_for", files.map(|file| [file]));
        let last = begun.pop().expect("300 and one");
        hanging.push((last, missing));
        let behind = hand.begin("desk", uid, "number", &[round]);
        assert_eq!(hand.answer(behind).number(), round);
        for id in begun {
            hand.answer(id).value();
        }
    }
    let running = hand.count("desk", uid, "running");
    assert_eq!(
        running,
        rounds + 1,
        "those that hang, and the one that asks"
    );
    for (id, missing) in hanging {
        std::fs::write(&missing, "").expect("a file");
        assert_eq!(hand.answer(id).value(), missing.as_str().into());
    }
    assert_eq!(hand.ask("desk", uid, "number", &[7]).number(), 7);
}
