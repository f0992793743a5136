//! Several mistakes, all said at once.

#[catenae::link(input = "my lines", lanes = 0, evry = "2s")]
unsafe fn mapper(_word: String, _count: u64) {}

#[expect(dead_code)]
fn used() {
    let _ = mapper;
    let _ = <mapper as catenae::Link>::SPEC;
}
