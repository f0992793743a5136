//! A method that is refused, listed and called.

#[catenae::rpc(urgent)]
fn count(_word: String, _from: u64) -> u64 {
    0
}

#[catenae::link(rpc = [count], main = false)]
fn counter() {}

#[expect(dead_code)]
fn used(context: &catenae::Context) -> Result<u64, catenae::rpc::CallError> {
    let _ = count("word".to_owned(), 1);
    let _ = count::at("ab12").call(context, ("word", 1));
    count::any::<counter>().call(context, "word").wait()
}

fn main() {}
