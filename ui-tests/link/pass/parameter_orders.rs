//! Every order of the parameters, each of them optional.
#![allow(dead_code)]

use catenae::Context;

#[derive(Default)]
struct S;
type Text = str;
type Raw = [u8];

mod links {
    use super::*;

    #[catenae::link(input = "a", main = false)]
    fn message(_: u64) {}
    #[catenae::link(input = "a", main = false)]
    fn text(_: &Text) {}
    #[catenae::link(input = "a", main = false)]
    fn raw(_: &Raw) {}
    #[catenae::link(input = "a", main = false)]
    fn message_state(_: u64, _: &mut S) {}
    #[catenae::link(input = "a", main = false)]
    fn state_message(_: &mut S, _: &str) {}
    #[catenae::link(input = "a", main = false)]
    fn shared_message(_: &S, _: &str) {}
    #[catenae::link(input = "a", main = false)]
    fn message_shared(_: &str, _: &S) {}
    #[catenae::link(input = "a", main = false)]
    fn context_message(_: &Context, _: &[u8]) {}
    #[catenae::link(input = "a", main = false)]
    fn message_context(_: Option<&str>, _: &Context) {}
    #[catenae::link(input = "a", main = false)]
    fn message_state_context(_: &str, _: &mut S, _: &Context) {}
    #[catenae::link(input = "a", main = false)]
    fn message_context_state((_, _): (u8, u8), _: &Context, _: &mut S) {}
    #[catenae::link(input = "a", main = false)]
    fn state_message_context(_: &mut S, _: &str, _: &Context) {}
    #[catenae::link(input = "a", main = false)]
    fn state_context_message(_: &S, _: &Context, _: &str) {}
    #[catenae::link(input = "a", main = false)]
    async fn context_message_state(_: &Context, _: String, _: &S) {}
    #[catenae::link(input = "a", main = false)]
    async fn context_state_message(_: &Context, _: &mut S, _: &str) {}
    #[catenae::link(output = "a", main = false)]
    fn source() -> u64 {
        1
    }
    #[catenae::link(output = "a", main = false)]
    fn source_state(_: &mut S) -> u64 {
        1
    }
    #[catenae::link(output = "a", main = false)]
    fn source_shared_context(_: &S, _: &Context) -> u64 {
        1
    }
    #[catenae::link(main = false)]
    fn source_context(_: &Context) {}
    #[catenae::link(input = "a", output = "b", main = false)]
    fn named_lifetimes<'s, 'm>(_: &'s mut S, line: &'m str) -> Vec<&'m str> {
        vec![line]
    }
}

fn main() {}
