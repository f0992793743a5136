//! Methods beside the user's own `Result`, `Option`, `Vec`, `String` and whatever an expansion says.
#![allow(dead_code)]

type Result<T> = ::std::result::Result<T, ::std::string::String>;

struct Option;
struct Vec;
struct String;
struct Type;
struct Context;
struct Caller;
struct Handler;
struct Method;
struct Wire;
fn lent() {}
fn arguments() {}
fn first() {}
fn second() {}
fn state() {}
fn link() {}

mod core {}

#[expect(non_snake_case, reason = "shadows the prelude's")]
fn Ok() {}

#[derive(Default)]
struct Default(u64);

#[catenae::rpc]
fn count(
    state: &Default,
    lent: ::std::string::String,
    arguments: &catenae::Context,
    first: &catenae::rpc::Caller,
) -> Result<u64> {
    let _ = (lent, arguments, first);
    Result::Ok(state.0)
}

// The user's own type of that name is the state.
#[catenae::rpc]
fn look(_: &Context) {}

#[catenae::link(rpc = [count], main = false)]
fn counter(_state: &Default) {}

fn main() {
    let _ = count::any::<counter>();
}
