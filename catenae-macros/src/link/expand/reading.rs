//! The calls that put how a link reads its inputs into its description.

use proc_macro2::TokenStream;
use quote::quote;

use crate::link::reading::Reading;

/// One call for each choice that was made.
pub fn calls(reading: &Reading, private: &TokenStream) -> TokenStream {
    let mut calls = TokenStream::new();
    if let Some(word) = &reading.input_mode {
        let mode = match word.to_string().as_str() {
            "exp" => quote!(Exp),
            "strict" => quote!(Strict),
            _ => quote!(Parity),
        };
        calls.extend(quote!(.input_mode(#private::InputMode::#mode)));
    }
    if let Some(millis) = reading.exp_window_millis {
        calls.extend(quote!(.exp_window_millis(#millis)));
    }
    if let Some(percent) = reading.reserve {
        calls.extend(quote!(.reserve(#percent)));
    }
    if let Some(partitions) = reading.partitions {
        calls.extend(quote!(.partitions(#partitions)));
    }
    if let Some(group) = &reading.group {
        calls.extend(quote!(.group(#group)));
    }
    if let Some(millis) = reading.consumer_timeout_millis {
        calls.extend(quote!(.consumer_timeout_millis(#millis)));
    }
    calls
}
