//! smoke
use catenae::Context;
use std::collections::HashMap;

#[catenae::link(input = "a", output = "b", main = false)]
fn mapper(line: &str) -> Vec<(String, u64)> {
    vec![(line.to_owned(), 1)]
}

#[derive(Default)]
struct Counts(HashMap<String, u64>);

#[catenae::link(input = "a")]
fn reducer(counts: &mut Counts, (word, n): (String, u64), _ctx: &Context) {
    *counts.0.entry(word).or_default() += n;
}

#[catenae::link(input = ["a", "c"], output = "b", setup = build, finish = end)]
async fn lookup<'a>(
    counts: &Counts,
    ctx: &Context,
    word: &'a str,
) -> Result<Option<&'a str>, std::io::Error> {
    let _ = (counts, ctx);
    Ok(Some(word))
}
async fn build(_: &Context) -> Result<Counts, String> {
    Ok(Counts::default())
}
async fn end(_: Counts, _: &Context) -> Result<(), String> {
    Ok(())
}

#[catenae::link(output = "b", every = "2s")]
fn source() -> impl Iterator<Item = u64> {
    0..3
}

#[test]
fn all() {
    use catenae::Link;
    println!("{:?}", mapper::wiring().types);
    println!("{:?}", reducer::wiring().types);
    println!("{:?}", lookup::wiring().types);
    println!("{:?}", source::wiring().types);
}
