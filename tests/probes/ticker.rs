//! A source that is called again and again.

/// How often it was called.
#[derive(Default)]
pub struct Calls(u64);

/// Sends the number of the call.
#[catenae::link(output = "out", every = "50ms", rpc = [ticks])]
fn ticker(calls: &mut Calls) -> String {
    calls.0 += 1;
    calls.0.to_string()
}

/// Tells it.
#[catenae::rpc]
fn ticks(calls: &Calls) -> u64 {
    calls.0
}

program!();
