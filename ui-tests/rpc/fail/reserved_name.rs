//! A name that is built in.

#[catenae::rpc]
fn stop() {}

#[catenae::link(rpc = [stop], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = stop::any::<counter>().call(context, ());
}

fn main() {}
