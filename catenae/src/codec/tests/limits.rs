//! What a payload may cost: its size, its depth, and what it claims to hold.

use super::*;

/// A recursive type as users write them.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf(u64),
    Node { name: String, children: Vec<Tree> },
}

/// The same through serde's buffers, which take more of the stack.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Buffered {
    Leaf { value: u64 },
    Node { children: Vec<Buffered> },
}

/// A type that options alone can nest without end.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Endless(Option<Box<Endless>>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chain {
    next: Option<Box<Chain>>,
}

fn tree(levels: usize) -> Tree {
    (0..levels).fold(Tree::Leaf(1), |child, _| Tree::Node {
        name: "n".into(),
        children: vec![child],
    })
}

/// Runs `test` on a stack of the size that threads get, whatever the test runner gives.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(test).unwrap().join().unwrap();
}

fn too_deep<T: DeserializeOwned + Debug>(codec: Codec, payload: &[u8]) {
    let error = codec.decode::<T>(Some(payload)).unwrap_err().to_string();
    let words = ["deeper than 127 levels", "recursion limit exceeded"];
    assert!(words.iter().any(|words| error.contains(words)), "{error}");
}

#[test]
fn depth() {
    on_a_small_stack(|| {
        // Each level is the map of the variant, its fields, and the children; the leaf is a map.
        let deepest = tree(42);
        for codec in [Codec::Auto, Codec::Json] {
            let written = codec.encode(&deepest).unwrap();
            assert_eq!(codec.decode::<Tree>(written.as_deref()).unwrap(), deepest);
        }
        for codec in [Codec::Auto, Codec::Cbor, Codec::Json] {
            let error = codec.encode(&tree(43)).unwrap_err();
            assert!(matches!(error.kind(), EncodeErrorKind::TooDeep), "{error}");
        }
        let brackets = "[{\\\"".repeat(200);
        let written = Codec::Json.encode(&[&brackets]).unwrap();
        let read: [String; 1] = Codec::Json.decode(written.as_deref()).unwrap();
        assert_eq!(read, [brackets]);

        let chain = (0..126).fold(Chain { next: None }, |chain, _| Chain {
            next: Some(Box::new(chain)),
        });
        for codec in [Codec::Auto, Codec::Json] {
            let written = codec.encode(&chain).unwrap();
            assert_eq!(codec.decode::<Chain>(written.as_deref()).unwrap(), chain);
        }

        for nested in ["81", "9f", "a1 f6", "bf f6"] {
            let deep = [cbor::TAG.to_vec(), hex(nested).repeat(100_000)].concat();
            too_deep::<Value>(Codec::Auto, &deep);
            too_deep::<Option<ciborium::tag::Captured<Value>>>(Codec::Auto, &deep);
            let ignored = [hex("d9d9f7 a1 6178"), hex(nested).repeat(100_000)].concat();
            too_deep::<Chain>(Codec::Auto, &ignored);
        }
        too_deep::<Value>(
            Codec::Auto,
            &[cbor::TAG.to_vec(), vec![0xc1; 100_000]].concat(),
        );
        too_deep::<Value>(Codec::Auto, &[b'['; 100_000]);
        too_deep::<Endless>(Codec::Auto, &hex("d9d9f7 01"));
        too_deep::<(Endless,)>(Codec::Auto, &hex("d9d9f7 81 01"));
        too_deep::<Tree>(
            Codec::Json,
            br#"{"Node":{"name":"","children":["#.repeat(999).as_slice(),
        );
        let buffered = hex("a2 6474797065 644e6f6465 686368696c6472656e 81");
        too_deep::<Buffered>(Codec::Cbor, &buffered.repeat(999));
        too_deep::<Buffered>(
            Codec::Json,
            br#"{"type":"Node","children":["#.repeat(999).as_slice(),
        );
    });
}

#[test]
fn size() {
    let record = |payload: &'static [u8], limit| {
        take::<&str>(
            RecordPart::Value,
            Some(payload),
            Codec::Auto,
            Limits::default().payload(limit),
        )
    };
    assert_eq!(record(b"four", 4).unwrap(), "four");
    assert_eq!(
        record(b"fives", 4).unwrap_err().to_string(),
        "expected `&str`, found text: the limit is 4 bytes; the payload is \"fives\""
    );
    assert_eq!(Limits::default().payload, 16 * 1024 * 1024);
}

#[test]
fn claims() {
    let claims = |digits: &str, claimed: &str| {
        let payload = hex(&format!("d9d9f7 {digits}"));
        let error = Codec::Auto
            .decode::<Value>(Some(&payload))
            .unwrap_err()
            .to_string();
        let expected = format!("a length of {claimed} is announced, bytes left: ");
        assert!(error.contains(&expected), "{error}");
    };
    claims("9b ffffffffffffffff", "18446744073709551615");
    claims("9a 7fffffff 01", "2147483647");
    claims("82 01", "2");
    claims("a2 01 02 03", "2");
    claims("bb 8000000000000000", "9223372036854775808");
    claims("7b 7fffffffffffffff 61", "9223372036854775807");
    claims("42 61", "2");
    claims("9f 5b 7fffffffffffffff", "9223372036854775807");
}
