//! Who is served next, and what it costs the others.

use super::*;

fn without_reserve(mode: InputMode, inputs: usize, window: f64) -> Scheduler {
    with_reserve(mode, inputs, window, 0.0)
}

fn with_reserve(mode: InputMode, inputs: usize, window: f64, reserve: f64) -> Scheduler {
    let options = SchedulerOptions {
        mode,
        window,
        reserve,
    };
    Scheduler::new(options, inputs)
}

fn pick(
    scheduler: &mut Scheduler,
    ready: impl Fn(usize) -> bool,
    comes: impl Fn(usize) -> bool,
) -> Turn {
    scheduler.pick(&Look {
        ready: &ready,
        lies: &ready,
        comes: &comes,
    })
}

/// Serves `rounds` electrons of cost 1 from inputs that are always ready; counts per input.
fn serve(scheduler: &mut Scheduler, ready: &[bool], rounds: usize) -> Vec<usize> {
    let mut served = vec![0; ready.len()];
    for _ in 0..rounds {
        if let Turn::Input(input) = pick(scheduler, |input| ready[input], |_| false) {
            served[input] += 1;
            scheduler.charge(input, 1.0);
        }
    }
    served
}

#[test]
fn exp_shares_are_the_ancestors() {
    let check = |inputs: usize, expected: &[f64]| {
        let got: Vec<f64> = shares(InputMode::Exp, inputs)
            .iter()
            .map(|share| (share * 10_000.0).round() / 100.0)
            .collect();
        assert_eq!(got, expected);
    };
    check(1, &[100.0]);
    check(2, &[62.96, 37.04]);
    check(3, &[51.70, 30.41, 17.89]);
    check(4, &[46.78, 27.52, 16.19, 9.52]);
}

#[test]
fn busy_inputs_are_served_by_their_shares() {
    let check = |mode, expected: &[usize]| {
        let mut scheduler = without_reserve(mode, expected.len(), 1e9);
        let served = serve(&mut scheduler, &vec![true; expected.len()], 1000);
        for (got, want) in served.iter().zip(expected) {
            assert!(
                got.abs_diff(*want) <= 2,
                "{mode:?}: {served:?}, expected {expected:?}"
            );
        }
    };
    check(InputMode::Parity, &[500, 500]);
    check(InputMode::Exp, &[517, 304, 179]);
    check(InputMode::Strict, &[1000, 0, 0]);
}

#[test]
fn an_empty_input_costs_nothing_and_earns_nothing() {
    for mode in [InputMode::Parity, InputMode::Exp] {
        let mut scheduler = without_reserve(mode, 3, 1e9);
        assert_eq!(
            serve(&mut scheduler, &[false, false, true], 100),
            [0, 0, 100]
        );
        assert_eq!(
            pick(&mut scheduler, |_| true, |_| false),
            Turn::Input(0),
            "{mode:?}: the first is served at once"
        );
        let served = serve(&mut scheduler, &[true, false, true], 100);
        assert!(
            served[2] >= 20,
            "{mode:?}: idle time is no credit, {served:?}"
        );
    }
}

#[test]
fn a_moment_without_anything_is_no_credit() {
    for mode in [InputMode::Parity, InputMode::Exp] {
        let mut scheduler = without_reserve(mode, 2, 1e9);
        assert_eq!(serve(&mut scheduler, &[false, true], 100), [0, 100]);
        assert_eq!(pick(&mut scheduler, |_| false, |_| false), Turn::Nobody);
        let served = serve(&mut scheduler, &[true, true], 100);
        assert!(served[1] >= 30, "{mode:?}: {served:?}");
    }
}

#[test]
fn the_window_bounds_the_wait_after_one_long_run() {
    let mut scheduler = without_reserve(InputMode::Exp, 2, 10.0);
    assert_eq!(
        pick(&mut scheduler, |input| input == 1, |_| false),
        Turn::Input(1)
    );
    scheduler.charge(1, 1_000_000.0);
    let served = serve(&mut scheduler, &[true, true], 30);
    assert!(served[1] > 0, "{served:?}");
}

#[test]
fn nothing_ready_is_nothing_picked() {
    for mode in [InputMode::Parity, InputMode::Exp, InputMode::Strict] {
        let mut three = without_reserve(mode, 3, 1.0);
        assert_eq!(pick(&mut three, |_| false, |_| true), Turn::Nobody);
        assert_eq!(
            pick(&mut without_reserve(mode, 0, 1.0), |_| true, |_| true),
            Turn::Nobody
        );
    }
}

#[test]
fn one_that_is_empty_for_a_moment_keeps_what_it_is_owed() {
    for (comes, share) in [(true, 517), (false, 400)] {
        let mut scheduler = without_reserve(InputMode::Exp, 3, 1e9);
        let mut served = [0; 3];
        for round in 0..1000 {
            // The first has nothing in every fifth round.
            let ready = |input| input > 0 || round % 5 != 0;
            let Turn::Input(input) = pick(&mut scheduler, ready, |_| comes) else {
                panic!("the others are ready");
            };
            served[input] += 1;
            scheduler.charge(input, 1.0);
        }
        assert!(i32::abs(served[0] - share) <= 5, "{comes}: {served:?}");
    }
}

#[test]
fn strict_waits_for_what_is_under_way_and_for_nothing_else() {
    let mut scheduler = without_reserve(InputMode::Strict, 3, 1.0);
    let mut check = |ready: [bool; 3], comes: [bool; 3], turn| {
        let picked = pick(&mut scheduler, |input| ready[input], |input| comes[input]);
        assert_eq!(picked, turn, "{ready:?} {comes:?}");
    };
    check([true, true, true], [true; 3], Turn::Input(0));
    check([false, true, true], [true, false, false], Turn::Waits);
    check([false, true, true], [false, true, true], Turn::Input(1));
    check([false, false, true], [false, true, false], Turn::Waits);
    check([false, false, true], [false, false, true], Turn::Input(2));
    check([false; 3], [true; 3], Turn::Nobody);
    let mut others = without_reserve(InputMode::Exp, 3, 1.0);
    assert_eq!(
        pick(&mut others, |input| input > 0, |_| true),
        Turn::Input(1)
    );
}

#[test]
fn a_reserve_keeps_a_share_for_those_behind_the_first() {
    let check = |reserve: f64, ready: &[bool], expected: &[usize]| {
        let mut scheduler = with_reserve(InputMode::Strict, ready.len(), 1e9, reserve);
        let served = serve(&mut scheduler, ready, 1000);
        for (got, want) in served.iter().zip(expected) {
            assert!(
                got.abs_diff(*want) <= 1,
                "{served:?}, expected {expected:?}"
            );
        }
    };
    check(0.0, &[true, true, true], &[1000, 0, 0]);
    check(0.1, &[true, true, true], &[900, 50, 50]);
    check(0.5, &[true, true], &[500, 500]);
    check(0.1, &[false, true, true], &[0, 900, 100]);
    check(0.1, &[true, false, false], &[1000, 0, 0]);
    // Whatever an electron costs: it is the work that is shared.
    let mut scheduler = with_reserve(InputMode::Strict, 2, 1e9, 0.2);
    let mut work = [0.0; 2];
    for _ in 0..10_000 {
        let Turn::Input(input) = pick(&mut scheduler, |_| true, |_| false) else {
            panic!("both are ready");
        };
        let cost = [1.0, 7.0][input];
        work[input] += cost;
        scheduler.charge(input, cost);
    }
    let share = work[1] / (work[0] + work[1]);
    assert!((share - 0.2).abs() < 0.01, "{share}");
}

#[test]
fn a_reserve_is_not_saved_up() {
    let mut scheduler = with_reserve(InputMode::Strict, 2, 1e9, 0.5);
    assert_eq!(serve(&mut scheduler, &[true, false], 1000), [1000, 0]);
    let served = serve(&mut scheduler, &[true, true], 10);
    assert!(served[1] <= 6, "{served:?}");
    // What is earned is had at once, also while more of the first is under way.
    let mut scheduler = with_reserve(InputMode::Strict, 2, 1e9, 0.5);
    assert_eq!(
        pick(&mut scheduler, |input| input == 1, |_| true),
        Turn::Waits
    );
    assert_eq!(serve(&mut scheduler, &[true, true], 1), [1, 0]);
    let turn = pick(&mut scheduler, |input| input == 1, |_| true);
    assert_eq!(turn, Turn::Input(1));
}

/// Serves whatever may be taken, one electron a round, of inputs that always have something.
fn serve_lying(
    scheduler: &mut Scheduler,
    rounds: usize,
    is_takable: impl Fn(usize, usize) -> bool,
) -> Vec<usize> {
    let mut served = vec![0; scheduler.inputs.len()];
    for round in 0..rounds {
        let turn = scheduler.pick(&Look {
            ready: &|input| is_takable(round, input),
            lies: &|_| true,
            comes: &|_| false,
        });
        if let Turn::Input(input) = turn {
            served[input] += 1;
            scheduler.charge(input, 1.0);
        }
    }
    served
}

#[test]
fn what_cannot_be_taken_for_a_moment_is_not_idle() {
    // There is room in every other round only.
    let has_room = |round: usize, _| round.is_multiple_of(2);
    let mut parity = without_reserve(InputMode::Parity, 2, 1e9);
    assert_eq!(serve_lying(&mut parity, 400, has_room), [100, 100]);
    let mut exp = without_reserve(InputMode::Exp, 2, 1e9);
    assert_eq!(serve_lying(&mut exp, 400, has_room), [126, 74]);
    // What the first one works while there is no room for the others is earned, too.
    let often = |round: usize, input| input == 0 || round % 8 == 7;
    let mut strict = with_reserve(InputMode::Strict, 2, 1e9, 0.1);
    assert_eq!(serve_lying(&mut strict, 800, often), [720, 80]);
}

#[test]
fn what_one_got_as_the_first_is_not_taken_from_its_part_of_the_reserve() {
    let mut scheduler = with_reserve(InputMode::Strict, 3, 1e9, 0.2);
    serve(&mut scheduler, &[false, true, true], 10_000);
    let served = serve(&mut scheduler, &[true, true, true], 1000);
    assert!(
        served[1].abs_diff(100) <= 2 && served[2].abs_diff(100) <= 2,
        "{served:?}"
    );
}

#[test]
fn a_reserve_that_could_not_be_used_for_long_does_not_come_first_for_long() {
    let mut scheduler = with_reserve(InputMode::Strict, 2, 20_000.0, 0.5);
    let first_only = |_, input| input == 0;
    assert_eq!(serve_lying(&mut scheduler, 1000, first_only), [1000, 0]);
    let served = serve(&mut scheduler, &[true, true], 100);
    assert_eq!(
        served[1], 60,
        "twenty that were saved up, and half of the rest"
    );
}
