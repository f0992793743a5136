//! Seven arguments.

#[catenae::rpc]
fn count(_a: u8, _b: u8, _c: u8, _d: u8, _e: u8, _f: u8, _g: u8) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, (1, 2, 3, 4, 5, 6, 7));
}

fn main() {}
