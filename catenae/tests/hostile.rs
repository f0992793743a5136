//! The decoder against hostile bytes, through the entry point of the fuzz target, on any compiler.

#[path = "../../fuzz/entry.rs"]
mod entry;

use std::path::Path;

use catenae::Codec;
use proptest::prelude::*;

#[test]
fn the_seed_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/decode");
    let mut seeds = 0;
    for seed in std::fs::read_dir(folder).expect("the corpus is a folder") {
        let seed = seed.expect("the folder can be read").path();
        entry::decode(&std::fs::read(&seed).expect("a seed is a file"));
        seeds += 1;
    }
    assert!(seeds >= 20, "only {seeds} seeds were found");
}

/// Any bytes, also behind the tag and behind a plausible start.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        Just(vec![]),
        Just(vec![0xd9, 0xd9, 0xf7]),
        Just(b"{\"name\":".to_vec()),
        Just(b"[".to_vec()),
    ];
    (0u8..5, start, prop::collection::vec(any::<u8>(), 0..64))
        .prop_map(|(codec, start, rest)| [vec![codec], start, rest].concat())
}

/// The bytes of a real value, with some of them changed, and cut.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 0..4);
    let kept = any::<prop::sample::Index>();
    (0u8..3, tree(), changes, kept, any::<bool>()).prop_map(|(codec, tree, changes, kept, cut)| {
        let format = [Codec::Auto, Codec::Cbor, Codec::Json][usize::from(codec)];
        let written = format.encode(&tree).expect("a tree can be written");
        let mut data = vec![codec];
        data.extend(written.expect("a tree is no tombstone"));
        for (index, byte) in changes {
            let index = index.index(data.len());
            data[index] = byte;
        }
        if cut {
            data.truncate(kept.index(data.len()));
        }
        data
    })
}

fn tree() -> impl Strategy<Value = entry::Tree> {
    use entry::Tree;

    let leaf = prop_oneof![
        Just(Tree::Unit),
        any::<(i64, i32, char)>().prop_map(|(i, f, c)| Tree::Tuple(i, f64::from(f) / 8.0, c)),
        any::<(u128, i128, u8, i8)>().prop_map(|(a, b, c, d)| Tree::Wide(a, b, c, d)),
        Just(Tree::Empty(())),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        let maybe = prop::option::of(inner.clone().prop_map(Box::new));
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Newtype(Box::new(tree))),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::Many),
            prop::collection::btree_map(any::<i32>(), inner, 0..6).prop_map(Tree::Map),
            (".*", prop::collection::vec(any::<u8>(), 0..40), maybe).prop_map(
                |(text, bytes, maybe)| Tree::Struct {
                    text,
                    bytes: bytes.into(),
                    maybe,
                }
            ),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes(data in bytes()) {
        entry::decode(&data);
    }

    #[test]
    fn damaged_values(data in damaged()) {
        entry::decode(&data);
    }

    #[test]
    fn whole_values(tree in tree()) {
        for codec in [Codec::Auto, Codec::Cbor, Codec::Json] {
            let written = codec.encode(&tree).expect("a tree can be written");
            let read: entry::Tree = codec.decode(written.as_deref()).expect("and read");
            prop_assert_eq!(&read, &tree);
        }
        let mut theirs = vec![0xd9, 0xd9, 0xf7];
        ciborium::into_writer(&tree, &mut theirs).expect("a vector takes all bytes");
        prop_assert_eq!(Codec::Auto.encode(&tree).expect("a tree can be written"), Some(theirs));
    }
}
