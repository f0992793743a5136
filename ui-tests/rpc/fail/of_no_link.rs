//! A class that is no link.

#[catenae::rpc]
fn count() -> u64 {
    0
}

#[expect(non_camel_case_types)]
struct counter;

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
