//! Methods of the library under another name.

extern crate catenae as renamed;

mod catenae {}

#[derive(Default)]
struct Counts;

#[crate::renamed::rpc(crate = ::renamed)]
fn count(_counts: &Counts, _word: String) -> u64 {
    0
}

#[crate::renamed::link(rpc = count, main = false, crate = ::renamed)]
fn counter(_counts: &mut Counts) {}

fn main() {
    let _ = count::any::<counter>();
}
