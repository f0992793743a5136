//! What stands beside the user's function: the twin, its description, its wiring, `main`.

mod promise;
mod reading;
mod serving;
mod wiring;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::Target;
use super::args::{LinkArgs, StreamArg};
use super::model::Link;
use crate::function::Function;
use crate::twin::Twin;

/// What stands beside the function even when the link is refused.
pub struct Companions {
    pub twin: Twin,
    main: bool,
}

impl Companions {
    /// The companions of a function.
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
            name, cfgs, path, ..
        } = &self.twin;
        let outside = format_ident!(
            "{}_stands_inside_a_function_so_move_it_out_or_write_main_false",
            name.unraw()
        );
        let main = self.main.then(|| {
            quote_spanned! {Span::call_site().located_at(name.span())=>
                #(#cfgs)*
                #path::program!(#[allow(non_camel_case_types, dead_code)] main: #name, #outside);
            }
        });
        let item = self.twin.item();
        quote!(#item #main)
    }

    /// The twin of a function that was refused: it has everything but a working inside, so that no
    /// second error shows where the link is used.
    pub fn stub(&self) -> TokenStream {
        let Twin {
            name,
            cfgs,
            path,
            private,
            ..
        } = &self.twin;
        if self.twin.method {
            return TokenStream::new();
        }
        let (items, class) = (self.items(), self.twin.said());
        quote! {
            #items
            #(#cfgs)*
            const _: () = {
                use #path;
                impl #private::Link for #name {
                    const SPEC: #private::LinkSpec = #private::LinkSpec::new(#class);
                    fn wiring() -> #private::Wiring {
                        ::core::unreachable!("this link does not compile")
                    }
                }
                #private::serving!(#name, #class);
                impl<__M> #private::Serves<__M> for #name {}
            };
        }
    }
}

/// Everything that stands beside the function.
pub fn expand(link: &Link, companions: &Companions) -> TokenStream {
    let twin = &companions.twin;
    let Twin {
        name,
        cfgs,
        path,
        private,
        ..
    } = twin;
    let (items, spec) = (companions.items(), spec(link, twin));
    let wiring = wiring::wiring(link, private);
    let serving = serving::serving(link, twin);
    quote! {
        #items
        #(#cfgs)*
        const _: () = {
            use #path;
            // Outside the trait, where the compiler evaluates it even when nobody asks.
            const __SPEC: #private::LinkSpec = #spec;
            impl #private::Link for #name {
                const SPEC: #private::LinkSpec = __SPEC;
                fn wiring() -> #private::Wiring {
                    #wiring
                }
            }
            #serving
        };
    }
}

/// The constant description.
fn spec(link: &Link, twin: &Twin) -> TokenStream {
    let private = &twin.private;
    let class = twin.said();
    let mut spec = quote!(#private::LinkSpec::new(#class));
    spec.extend(twin.summary());
    spec.extend(quote!(.version(#private::version(::core::option_env!("CARGO_PKG_VERSION")))));
    if !link.inputs.is_empty() {
        let inputs = link.inputs.iter().map(|stream| reference(stream, private));
        spec.extend(quote!(.inputs(&[#(#inputs),*])));
    }
    if !link.outputs.is_empty() {
        let outputs = link.outputs.iter().map(|stream| reference(stream, private));
        spec.extend(quote!(.outputs(&[#(#outputs),*])));
    }
    if let Some(millis) = link.every_millis {
        spec.extend(quote!(.every_millis(#millis)));
    }
    if let Some(lanes) = &link.lanes {
        spec.extend(quote!(.lanes(#lanes)));
    }
    spec.extend(reading::calls(&link.reading, private));
    spec.extend(promise::calls(&link.promise, private));
    spec
}

fn reference(stream: &StreamArg, private: &TokenStream) -> TokenStream {
    match stream {
        StreamArg::Name(name) => quote!(#private::StreamRef::named(#name)),
        StreamArg::Typed(path) => {
            let span = Span::mixed_site().located_at(path.span());
            quote_spanned!(span=> #private::reference(&#path))
        }
    }
}
