//! Stream names as people write them: checked, in order, each with the codec it was declared with.

use crate::codec::Codec;
use crate::stream::{StreamName, StreamRef};

use crate::spec::error::ConfigError;

/// Reads names separated by commas. A name that `own` (else `other`) declares keeps its codec; one
/// that nobody declares takes the codec of `own` when all of `own` agree, because it stands in for
/// them.
///
/// # Errors
/// An empty place, a name that Kafka refuses, a name given twice.
pub(crate) fn named(
    text: &str,
    own: &[StreamRef],
    other: &[StreamRef],
) -> Result<Vec<(StreamName, Codec)>, ConfigError> {
    let stand_in = match own {
        [first, rest @ ..] if rest.iter().all(|one| one.codec == first.codec) => first.codec,
        _ => Codec::Auto,
    };
    let codec_of = |name: &str| {
        let declared = own
            .iter()
            .chain(other)
            .find(|declared| declared.name == name);
        declared.map_or(stand_in, |declared| declared.codec)
    };
    checked(
        text.split(',')
            .map(str::trim)
            .map(|name| (name, codec_of(name))),
    )
}

/// The streams that the attribute declares.
///
/// # Errors
/// A name that Kafka refuses, a name given twice.
pub(crate) fn declared(streams: &[StreamRef]) -> Result<Vec<(StreamName, Codec)>, ConfigError> {
    checked(streams.iter().map(|stream| (stream.name, stream.codec)))
}

fn checked<'n>(
    streams: impl Iterator<Item = (&'n str, Codec)>,
) -> Result<Vec<(StreamName, Codec)>, ConfigError> {
    let mut checked: Vec<(StreamName, Codec)> = Vec::new();
    for (name, codec) in streams {
        if name.is_empty() {
            return Err(ConfigError::NoStream);
        }
        let parsed = StreamName::parse(name).map_err(|_| ConfigError::StreamName {
            name: name.to_owned(),
        })?;
        if checked.iter().any(|(known, _)| known.as_str() == name) {
            return Err(ConfigError::DuplicateStream {
                name: name.to_owned(),
            });
        }
        checked.push((parsed, codec));
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn json(name: &'static str) -> StreamRef {
        StreamRef {
            name,
            codec: Codec::Json,
        }
    }

    #[test]
    fn names_keep_their_order_and_their_codec() {
        let check = |text: &str, own: &[StreamRef], expected: &[(&str, Codec)]| {
            let streams = named(
                text,
                own,
                &[StreamRef {
                    name: "t",
                    codec: Codec::Text,
                }],
            )
            .unwrap();
            let streams: Vec<_> = streams
                .iter()
                .map(|(name, codec)| (name.as_str(), *codec))
                .collect();
            assert_eq!(streams, expected, "{text:?}");
        };
        check("b,a", &[], &[("b", Codec::Auto), ("a", Codec::Auto)]);
        check(" b , a ", &[], &[("b", Codec::Auto), ("a", Codec::Auto)]);
        let mixed = [json("j"), StreamRef::named("x")];
        check(
            "x,j,t,new",
            &mixed,
            &[
                ("x", Codec::Auto),
                ("j", Codec::Json),
                ("t", Codec::Text),
                ("new", Codec::Auto),
            ],
        );
        check(
            "j_copy",
            &[json("j"), json("k")],
            &[("j_copy", Codec::Json)],
        );
    }

    #[test]
    fn bad_names() {
        let check = |text: &str, expected: ConfigError| {
            assert_eq!(named(text, &[], &[]), Err(expected), "{text:?}");
        };
        let name = |name: &str| ConfigError::StreamName {
            name: name.to_owned(),
        };
        check("", ConfigError::NoStream);
        check("a,,b", ConfigError::NoStream);
        check("a,", ConfigError::NoStream);
        check(
            "a,b,a",
            ConfigError::DuplicateStream {
                name: "a".to_owned(),
            },
        );
        check("a b", name("a b"));
        check("größe", name("größe"));
        check(".", name("."));
        check("..", name(".."));
        check(&"a".repeat(250), name(&"a".repeat(250)));
        assert!(named(&"a".repeat(249), &[], &[]).is_ok());
        assert!(named("...", &[], &[]).is_ok());
        assert!(declared(&[json("a/b")]).is_err());
    }
}
