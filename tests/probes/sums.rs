//! A topology whose links say what they have only when they finish.

use std::process::ExitCode;

use catenae::Topology;
use catenae::prelude::*;

/// A sum.
#[derive(Default)]
pub struct Sum(u64);

/// Sends numbers.
#[catenae::link(output = "numbers", main = false)]
fn source() -> impl Iterator<Item = u64> {
    1..=1000
}

fn send(sum: Sum, ctx: &Context) {
    let _delivered_before_it_ends = ctx.send(sum.0);
}

/// Sums up a share of the numbers.
#[catenae::link(input = "numbers", output = "sums", finish = send, main = false)]
fn adder(sum: &mut Sum, n: u64) {
    sum.0 += n;
}

/// Sums up the sums.
#[catenae::link(input = "sums", output = "total", finish = send, main = false)]
fn total(sum: &mut Sum, n: u64) {
    sum.0 += n;
}

/// Prints.
#[catenae::link(input = "total", main = false)]
fn printer(n: u64) {
    println!("the total is {n}");
}

pub fn program() -> ExitCode {
    Topology::new("sums")
        .link::<printer>()
        .link::<total>()
        .instances::<adder>(3)
        .link::<source>()
        .main()
}
