//! Calls: who is asked, what runs and when, what is refused, and that nothing breaks a micromodule.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use catenae_tests::calls::{Hand, NONE, announced};
use catenae_tests::{Child, DEADLINE, OwnBroker, TestBroker, committed, eventually, unique};

use crate::stage::{Stage, probe_path};

mod at_once;
mod bad_bytes;
mod built_in;
mod incarnations;
mod many;
mod off;
mod outages;
mod panics;
mod paused;
mod quick;
mod recreated;
mod rules;
mod settings;
mod standpoints;
mod targets;
mod together;
mod turns;

/// A stage with a desk that is asked, and the stream of the orders of those who ask.
struct Office {
    stage: Stage,
    orders: String,
    /// The id of the desk.
    uid: String,
    /// That no other test on the same Kafka has a clerk.
    _alone: Option<MutexGuard<'static, ()>>,
}

static CLERKS: Mutex<()> = Mutex::new(());

impl Office {
    fn new() -> Self {
        Self::on(Stage::new(1))
    }

    fn on_kafka() -> Self {
        TestBroker::require_kafka();
        Self::new()
    }

    fn on(stage: Stage) -> Self {
        let orders = unique("orders");
        stage.broker.create(&orders, 1);
        Self::with_orders(stage, orders)
    }

    /// One on a broker of its own, which can be stopped and whose streams can be counted.
    fn of_its_own() -> (OwnBroker, Self) {
        Self::of_its_own_with("")
    }

    fn of_its_own_kafka() -> (OwnBroker, Self) {
        TestBroker::require_kafka();
        Self::of_its_own()
    }

    /// The same with settings of the broker, where it is an Apache Kafka.
    fn of_its_own_with(settings: &str) -> (OwnBroker, Self) {
        let (input, output, orders) = ("in", "out", "orders");
        let streams = [(input, 1), (output, 1), (orders, 1)];
        let own = OwnBroker::start_with(&probe_path("broker"), &streams, settings);
        let mut stage = Stage::bare(own.broker());
        (stage.input, stage.output) = (input.to_owned(), output.to_owned());
        (own, Self::with_orders(stage, orders.to_owned()))
    }

    fn with_orders(stage: Stage, orders: String) -> Self {
        Self {
            stage,
            orders,
            uid: unique("desk"),
            _alone: None,
        }
    }

    /// One with all clerks that there are: a class is known to everybody on the same broker.
    fn of_clerks() -> Self {
        let mut office = Self::new();
        if let TestBroker::Kafka(_) = office.stage.broker {
            office._alone = Some(CLERKS.lock().unwrap_or_else(PoisonError::into_inner));
        }
        office
    }

    fn broker(&self) -> &TestBroker {
        &self.stage.broker
    }

    /// Starts the desk and waits until it answers.
    fn desk(&self, more: &[&str]) -> Child {
        let desk = self
            .stage
            .start("desk", &[&["--uid", &self.uid], more].concat());
        announced(self.broker(), &self.uid, 0);
        desk
    }

    /// Starts a clerk and waits until it answers.
    fn clerk(&self, uid: &str) -> Child {
        let clerk = self.stage.start_bare("clerk", &["--uid", uid]);
        announced(self.broker(), uid, 0);
        clerk
    }

    /// Starts one who asks.
    fn asker(&self, probe: &str, more: &[&str]) -> Asker<'_> {
        let (uid, group) = (unique("asker"), unique("group"));
        let given = ["-i", &self.orders, "-g", &group, "--uid", &uid];
        let child = self.stage.start_leaf(probe, &[&given, more].concat());
        Asker {
            office: self,
            child,
            uid,
            group,
            given: Cell::new(0),
        }
    }

    fn hand(&self) -> Hand<'_> {
        Hand::new(self.broker())
    }

    /// Asks the desk by hand, for no arguments.
    #[track_caller]
    fn tally(&self, hand: &Hand<'_>) -> (u64, u64) {
        let said = hand.ask("desk", &self.uid, "tally", &NONE).value();
        let pair = said.into_array().expect("a pair");
        let number = |at: usize| u64::try_from(pair[at].as_integer().expect("a number"));
        (number(0).expect("positive"), number(1).expect("positive"))
    }
}

/// A micromodule that asks as it is ordered.
struct Asker<'o> {
    office: &'o Office,
    child: Child,
    uid: String,
    group: String,
    given: Cell<u32>,
}

impl Asker<'_> {
    /// Orders it to ask, and waits for what comes of it.
    #[track_caller]
    fn order(&self, order: &str) -> String {
        let number = self.begin(order);
        self.outcome(&number)
    }

    /// Orders it to ask; returns the name of the order.
    fn begin(&self, order: &str) -> String {
        self.given.set(self.given.get() + 1);
        let number = format!("order-{}", self.given.get());
        let line = format!("{number}: {order}");
        let records = [(None, Some(line.as_bytes()))];
        catenae_tests::feed(self.office.broker(), &self.office.orders, records);
        number
    }

    /// Waits until all orders so far are committed: none of them is carried out once more.
    #[track_caller]
    fn settled(&self) {
        let given = i64::from(self.given.get());
        eventually("the orders are committed", DEADLINE, || {
            let committed = committed(self.office.broker(), &self.group, &self.office.orders);
            (committed.values().sum::<i64>() == given).then_some(())
        });
    }

    /// What came of an order.
    #[track_caller]
    fn outcome(&self, number: &str) -> String {
        let name = format!("{number}: ");
        let line = self.child.line(&name, DEADLINE);
        line.strip_prefix(&name).unwrap_or(&line).to_owned()
    }
}
