//! An instance by hand: it announces itself, reads what it is asked, and answers as it likes.

use ciborium::Value;
use serde::Serialize;

use super::{Hand, INSTANCES, REPLIES, cbor, field, map, number, requests_of, uncbor};
use crate::wait::DEADLINE;

impl Hand<'_> {
    /// Announces itself as an instance of a class with these methods; nothing else need be true.
    pub fn announce(&self, class: &str, methods: &[&str], every_ms: u64) {
        let list = |names: &[&str]| Value::Array(names.iter().map(|name| (*name).into()).collect());
        let method = |name: &&str| {
            map(&[
                ("name", (*name).into()),
                ("arguments", list(&["u64"])),
                ("returned", "u64".into()),
                ("takes_state", false.into()),
                ("since a later version", 3.into()),
            ])
        };
        let said = map(&[
            ("v", 2.into()),
            ("uid", self.uid.as_str().into()),
            ("class", class.into()),
            ("group", "none".into()),
            ("host", "elsewhere".into()),
            ("incarnation", self.incarnation.get().into()),
            ("every_ms", every_ms.into()),
            ("version", "9".into()),
            ("catenae", "9".into()),
            ("inputs", list(&["x"])),
            ("outputs", list(&[])),
            (
                "methods",
                Value::Array(methods.iter().map(method).collect()),
            ),
        ]);
        self.put(INSTANCES, None, &self.uid, Some(&cbor(&said)));
    }

    /// Says goodbye.
    pub fn withdraw(&self) {
        self.put(INSTANCES, None, &self.uid, None);
    }

    /// The next request on the stream of a class, as an instance of it would read it from the beginning.
    ///
    /// # Panics
    /// When there is none by the deadline.
    #[track_caller]
    pub fn request_to(&self, class: &str, number: usize) -> Value {
        let stream = requests_of(class);
        let all = crate::plain::read(self.broker, &stream, number + 1, DEADLINE);
        uncbor(all[number].value.as_deref().expect("a value"))
    }

    /// Answers a request that was read by hand: `change` makes of the reply what it shall be.
    pub fn reply(&self, request: &Value, answer: &impl Serialize, change: &[(&str, Value)]) {
        let caller = field(request, "caller");
        let value = map(&[
            ("value", Value::Bytes(cbor(&(answer,)))),
            ("is_err", false.into()),
        ]);
        let mut fields = vec![
            ("v", 2.into()),
            ("id", field(request, "id").clone()),
            ("to", field(caller, "uid").clone()),
            ("incarnation", field(caller, "incarnation").clone()),
            ("from", self.uid.as_str().into()),
            ("said", map(&[("value", value)])),
        ];
        for (name, value) in change {
            let changed = fields.iter_mut().find(|(field, _)| field == name);
            changed.expect("a field of a reply").1 = value.clone();
        }
        let partition = i32::try_from(number(request, "reply")).expect("a partition");
        let to = field(caller, "uid").as_text().expect("a text").to_owned();
        self.put(REPLIES, Some(partition), &to, Some(&cbor(&map(&fields))));
    }
}
