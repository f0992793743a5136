//! A result that cannot be written.

struct Word;

#[catenae::rpc]
fn count() -> Result<Word, String> {
    Ok(Word)
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count;
    let _ = count::any::<counter>().call(context, ());
}

fn main() {}
