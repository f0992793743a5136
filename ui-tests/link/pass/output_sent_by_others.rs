//! A link that returns nothing may send by its context, and so may what stands beside it.

use catenae::Context;

#[derive(Default)]
struct Sum(u64);

#[catenae::link(input = "lines", output = "words", main = false)]
fn by_context(line: &str, context: &Context) {
    context.send(line.to_owned());
}

#[catenae::link(input = "numbers", output = "sums", finish = send, main = false)]
fn at_the_end(sum: &mut Sum, number: u64) {
    sum.0 += number;
}

fn send(sum: Sum, context: &Context) {
    context.send(sum.0);
}

#[catenae::link(input = "numbers", output = "sums", rpc = [ask], main = false)]
fn when_asked(sum: &mut Sum, number: u64) {
    sum.0 += number;
}

#[catenae::rpc]
fn ask(sum: &Sum, context: &Context) {
    context.send(sum.0);
}

fn main() {
    let context = Context::detached_with(&["words"], ());
    by_context("a", &context);
    assert_eq!(context.sent().len(), 1);
    let _ = (at_the_end, when_asked, ask);
}
