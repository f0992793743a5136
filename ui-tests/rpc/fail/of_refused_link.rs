//! A link that is refused, and that serves methods.

#[derive(Default)]
struct Counts;

#[catenae::rpc]
fn count(_counts: &Counts) -> u64 {
    0
}

#[catenae::link(rpc = [count], colour = "red")]
fn counter(_counts: &Counts) {}

#[expect(dead_code)]
fn used(context: &catenae::Context) {
    let _ = count::any::<counter>().call(context, ());
    let _ = catenae::Topology::new("demo").link::<counter>();
}
