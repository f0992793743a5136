//! A method of a type.

struct Counts;

impl Counts {
    #[catenae::rpc]
    fn count(&self, _word: String) -> u64 {
        0
    }
}

#[expect(dead_code)]
fn used() {
    Counts.count(String::new());
}

fn main() {}
