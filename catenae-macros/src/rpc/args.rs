//! What is written between the parentheses of the attribute.

use proc_macro2::{Ident, TokenStream};
use syn::Path;

use crate::options::{self, Tail, Written, path, refuse_value, set};
use crate::refusal::Refusals;

/// The options that exist; `builtin` is the library's own.
pub const OPTIONS: [&str; 2] = ["idempotent", "crate"];

/// The options as written.
#[derive(Default)]
pub struct RpcArgs {
    pub idempotent: bool,
    /// It may have a name that is built in: the library says so of its own methods.
    pub builtin: bool,
    pub krate: Option<Written<Path>>,
}

/// Reads all options.
pub fn parse(args: TokenStream, refusals: &mut Refusals) -> RpcArgs {
    let mut written = RpcArgs::default();
    options::each(args, refusals, |name, text, tail, refusals| {
        written.read(name, text, tail, refusals);
    });
    written
}

impl RpcArgs {
    fn read(&mut self, name: Ident, text: &str, tail: Tail, refusals: &mut Refusals) {
        match text {
            "idempotent" => {
                refuse_value(&name, &tail, refusals);
                self.idempotent = true;
            }
            "builtin" => self.builtin = true,
            "crate" => set(&mut self.krate, name, tail.value(), path, refusals),
            unknown => refusals.at(name.span(), options::unknown(unknown, &OPTIONS)),
        }
    }
}
