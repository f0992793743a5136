//! An error that cannot be written.

#[catenae::rpc]
fn count() -> Result<u64, std::io::Error> {
    Ok(0)
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
