//! Methods in every form, in modules and of every visibility, listed by paths.
#![allow(dead_code)]

use catenae::Context;
use catenae::rpc::Caller;

#[derive(Default)]
pub struct Counts(u64);

mod methods {
    use super::*;

    type Of<T> = T;

    #[catenae::rpc]
    pub(crate) fn count(counts: &Counts, _word: String) -> u64 {
        counts.0
    }

    #[catenae::rpc(idempotent)]
    pub(super) async fn reset(_context: &Context, counts: &mut Counts) -> Result<(), String> {
        counts.0 = 0;
        Ok(())
    }

    pub mod deeper {
        #[catenae::rpc]
        pub(in crate::methods) fn hidden(_: &catenae::Context) {}

        #[catenae::rpc]
        pub fn r#async(_caller: &catenae::rpc::Caller, (_a, _b): (u8, u8)) {}
    }

    #[catenae::rpc]
    pub fn aliased(_: &Of<Context>, _: &Of<Caller>, _: &Of<Counts>, _: Of<String>) {}

    #[catenae::link(rpc = deeper::hidden, main = false)]
    pub fn inner() {}

    pub fn ask(context: &Context) {
        let _ = deeper::hidden::any::<inner>().notify(context, ());
    }
}

use methods::{aliased, deeper};

#[catenae::link(rpc = [methods::count, methods::reset, deeper::r#async, aliased], main = false)]
fn counter(_: &Counts) {}

#[catenae::link(input = "words", rpc = [methods::count], main = false)]
fn reducer(_: &Context, counts: &mut Counts, _word: &str) {
    counts.0 += 1;
}

// Methods without a state are served by any link.
#[catenae::link(input = "words", rpc = [deeper::r#async], lanes = 4, main = false)]
fn stateless(_word: &str) {}

fn sync(context: &Context) -> Result<u64, catenae::rpc::CallError> {
    deeper::r#async::at("ab12").call(context, (1, 2)).wait()?;
    methods::count::any::<reducer>().call(context, "word").wait()
}

async fn wait(context: &Context) -> Result<usize, catenae::rpc::CallError> {
    let reset: Result<(), String> = methods::reset::any::<counter>().call(context, ()).await?;
    let all = methods::count::all::<counter>().quorum(2).call(context, "word").await?;
    Ok(all.answers.len() + usize::from(reset.is_ok()))
}

fn main() {
    // In a function too.
    #[catenae::rpc]
    fn local() {}

    #[catenae::link(rpc = [local], main = false)]
    fn serving() {}

    let _ = local::any::<serving>();
}
