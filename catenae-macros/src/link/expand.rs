//! What stands beside the user's function: the twin, its description, its wiring, `main`.

mod promise;
mod serving;
mod wiring;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::Target;
use super::args::{LinkArgs, StreamArg};
use super::model::Link;
use crate::function::Function;
use crate::twin::Twin;

/// What stands beside the function even when the link is refused.
pub struct Company {
    pub twin: Twin,
    main: bool,
}

impl Company {
    /// The company of a function.
    pub fn new(function: &Function, written: &LinkArgs, target: Target) -> Self {
        let wanted = written.main.as_ref().is_none_or(|main| main.value.value());
        let krate = written.krate.as_ref().map(|krate| &krate.value);
        let twin = Twin::new(function, krate);
        Self {
            main: wanted && target == Target::Program && twin.name != "main",
            twin,
        }
    }

    /// The type itself and `main`.
    fn items(&self) -> TokenStream {
        let Twin {
            name, cfgs, room, ..
        } = &self.twin;
        let main = self.main.then(|| {
            quote_spanned! {Span::call_site().located_at(name.span())=>
                #(#cfgs)*
                #[allow(dead_code)]
                fn main() -> #room::ExitCode {
                    #room::main::<#name>()
                }
            }
        });
        let item = self.twin.item();
        quote!(#item #main)
    }

    /// The twin of a function that was refused: it has everything but a working inside, so that no
    /// second error shows where the link is used.
    pub fn stub(&self) -> TokenStream {
        let Twin {
            name, cfgs, room, ..
        } = &self.twin;
        if self.twin.method {
            return TokenStream::new();
        }
        let (items, class) = (self.items(), self.twin.said());
        quote! {
            #items
            #(#cfgs)*
            const _: () = {
                impl #room::Link for #name {
                    const SPEC: #room::LinkSpec = #room::LinkSpec::new(#class);
                    fn wiring() -> #room::Wiring {
                        ::core::unreachable!("this link does not compile")
                    }
                }
                impl #room::Serving for #name {
                    const CLASS: &'static str = #class;
                }
                impl<__M> #room::Serves<__M> for #name {}
            };
        }
    }
}

/// Everything that stands beside the function.
pub fn expand(link: &Link, company: &Company) -> TokenStream {
    let twin = &company.twin;
    let Twin {
        name, cfgs, room, ..
    } = twin;
    let (items, spec) = (company.items(), spec(link, twin));
    let wiring = wiring::wiring(link, room);
    let serving = serving::serving(link, twin);
    quote! {
        #items
        #(#cfgs)*
        const _: () = {
            // Outside the trait, where the compiler evaluates it even when nobody asks.
            const __SPEC: #room::LinkSpec = #spec;
            impl #room::Link for #name {
                const SPEC: #room::LinkSpec = __SPEC;
                fn wiring() -> #room::Wiring {
                    #wiring
                }
            }
            #serving
        };
    }
}

/// The constant description.
fn spec(link: &Link, twin: &Twin) -> TokenStream {
    let room = &twin.room;
    let class = twin.said();
    let mut spec = quote!(#room::LinkSpec::new(#class));
    spec.extend(twin.summary());
    spec.extend(quote!(.version(#room::version(::core::option_env!("CARGO_PKG_VERSION")))));
    if !link.inputs.is_empty() {
        let inputs = link.inputs.iter().map(|stream| reference(stream, room));
        spec.extend(quote!(.inputs(&[#(#inputs),*])));
    }
    if !link.outputs.is_empty() {
        let outputs = link.outputs.iter().map(|stream| reference(stream, room));
        spec.extend(quote!(.outputs(&[#(#outputs),*])));
    }
    if let Some(millis) = link.every_millis {
        spec.extend(quote!(.every_millis(#millis)));
    }
    if let Some(lanes) = &link.lanes {
        spec.extend(quote!(.lanes(#lanes)));
    }
    if let Some(group) = &link.group {
        spec.extend(quote!(.group(#group)));
    }
    spec.extend(promise::calls(&link.promise, room));
    spec
}

fn reference(stream: &StreamArg, room: &TokenStream) -> TokenStream {
    match stream {
        StreamArg::Name(name) => quote!(#room::StreamRef::named(#name)),
        StreamArg::Typed(path) => {
            let span = Span::mixed_site().located_at(path.span());
            quote_spanned!(span=> #room::reference(&#path))
        }
    }
}
