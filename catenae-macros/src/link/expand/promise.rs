//! The calls that put what a link promises into its description.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::link::promise::Promise;

/// One call for each choice that was made.
pub fn calls(promise: &Promise, private: &TokenStream) -> TokenStream {
    let mut calls = TokenStream::new();
    if let Some(word) = &promise.delivery {
        let delivery = delivery(word);
        calls.extend(quote!(.delivery(#private::Delivery::#delivery)));
    }
    if let Some(millis) = promise.commit_interval_millis {
        calls.extend(quote!(.commit_interval_millis(#millis)));
    }
    if let Some(word) = &promise.order {
        let order = order(word);
        calls.extend(quote!(.order(#private::Order::#order)));
    }
    if let Some(retry) = &promise.retry {
        let (max, first, longest) = (retry.max, retry.first_millis, retry.longest_millis);
        calls.extend(quote!(.retry(#max, #first, #longest)));
        if retry.jitter {
            calls.extend(quote!(.retry_jitter()));
        }
        if let Some(word) = &retry.waiting {
            let waiting = waiting(word);
            calls.extend(quote!(.retry_waiting(#private::Waiting::#waiting)));
        }
    }
    if let Some(then) = promise.on_decode.as_ref().map(then) {
        calls.extend(quote!(.on_decode(#private::OnError::#then)));
    }
    if let Some(then) = promise.on_handler.as_ref().map(then) {
        calls.extend(quote!(.on_handler(#private::OnError::#then)));
    }
    if let Some(then) = promise.on_panic.as_ref().map(then) {
        calls.extend(quote!(.on_panic(#private::OnError::#then)));
    }
    if let Some((run, percent)) = promise.cap {
        calls.extend(quote!(.cap(#run, #percent)));
    }
    if !promise.kafka.is_empty() {
        let settings = &promise.kafka;
        calls.extend(quote!(.kafka(&[#(#settings),*])));
    }
    calls
}

fn delivery(word: &Ident) -> TokenStream {
    match word.to_string().as_str() {
        "at_most_once" => quote!(AtMostOnce),
        "exactly_once" => quote!(ExactlyOnce),
        _ => quote!(AtLeastOnce),
    }
}

fn order(word: &Ident) -> TokenStream {
    match word.to_string().as_str() {
        "sync" => quote!(Synchronous),
        _ => quote!(Sequential),
    }
}

fn waiting(word: &Ident) -> TokenStream {
    match word.to_string().as_str() {
        "delayed" => quote!(Delayed),
        _ => quote!(Parked),
    }
}

fn then(word: &Ident) -> TokenStream {
    match word.to_string().as_str() {
        "skip" => quote!(Skip),
        "dead_letter" => quote!(DeadLetter),
        _ => quote!(Fail),
    }
}
