//! Two methods that are called by one name.

mod other {
    #[catenae::rpc]
    pub fn count() -> u64 {
        2
    }
}

#[catenae::rpc]
fn count() -> u64 {
    1
}

#[catenae::link(rpc = [count, other::count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = other::count::any::<counter>().call(context, ());
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
