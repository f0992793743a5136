//! Parts of the client that were not compiled in, and the cargo feature that brings each.

/// What is missing, and the cargo feature of `catenae` that brings it, when `text` is what the client
/// says of a setting that it cannot do.
pub(crate) fn missing_feature(text: &str) -> Option<String> {
    let mechanism = || {
        let (_, rest) = text.split_once("No provider for SASL mechanism ")?;
        rest.split(':').next()
    };
    let (what, feature) = if let Some(mechanism) = mechanism() {
        let feature = match mechanism {
            "GSSAPI" => "`sasl`",
            _ => "`tls` or `tls-vendored`",
        };
        (format!("the SASL mechanism {mechanism}"), feature)
    } else if !text.contains("not available at build time") {
        return None;
    } else if text.contains("OpenSSL") {
        (
            "TLS (`security.protocol`)".to_owned(),
            "`tls` or `tls-vendored`",
        )
    } else if text.contains("zstd") {
        ("zstd compression".to_owned(), "`zstd`")
    } else if text.contains("SASL") {
        ("SASL".to_owned(), "`tls` or `sasl`")
    } else {
        return None;
    };
    Some(match cfg!(feature = "dynamic-linking") {
        true => format!("{what} is not in the librdkafka of this system: install one that has it"),
        false => format!(
            "{what} is not compiled in: build with the cargo feature {feature} of `catenae`"
        ),
    })
}
