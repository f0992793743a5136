//! What stands beside the user's function: the twin, its description, its wiring, `main`.

mod promise;
mod wiring;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Lit, Meta, Visibility};

use super::Target;
use super::args::{LinkArgs, StreamArg};
use super::function::Function;
use super::model::Link;

/// The type of the function's name, and what is known of it even when the link is refused.
pub struct Twin {
    name: Ident,
    vis: Visibility,
    /// The `cfg`s of the function, which its company shares.
    cfgs: Vec<Attribute>,
    docs: Vec<Attribute>,
    /// The private room of the library.
    room: TokenStream,
    main: bool,
    /// Whether the function stands in an `impl`, where nothing can stand beside it.
    method: bool,
}

impl Twin {
    /// The twin of a function.
    pub fn new(function: &Function, written: &LinkArgs, target: Target) -> Self {
        let attrs = |name: &str| {
            let attrs = function.attrs.iter();
            attrs
                .filter(|attr| attr.path().is_ident(name))
                .cloned()
                .collect()
        };
        let wanted = written.main.as_ref().is_none_or(|main| main.value.value());
        let name = function.signature.ident.clone();
        Self {
            main: wanted && target == Target::Program && name != "main",
            name,
            method: function.signature.receiver().is_some(),
            vis: function.vis.clone(),
            cfgs: attrs("cfg"),
            docs: attrs("doc"),
            room: match &written.krate {
                Some(path) => {
                    let path = &path.value;
                    quote!(#path::__private)
                }
                None => quote!(::catenae::__private),
            },
        }
    }

    /// The class: the function's name as it is said.
    fn class(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The first paragraph of the documentation on one line.
    fn summary(&self) -> String {
        let lines = self.docs.iter().filter_map(|attr| match &attr.meta {
            Meta::NameValue(meta) => match &meta.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
        let text: Vec<String> = lines
            .flat_map(|block| {
                block
                    .lines()
                    .map(|line| line.trim().to_owned())
                    .collect::<Vec<_>>()
            })
            .skip_while(String::is_empty)
            .take_while(|line| !line.is_empty())
            .collect();
        text.join(" ")
    }

    /// The type itself and `main`.
    fn items(&self) -> TokenStream {
        let Self {
            name,
            vis,
            cfgs,
            docs,
            room,
            ..
        } = self;
        let main = self.main.then(|| {
            quote_spanned! {Span::call_site().located_at(name.span())=>
                #(#cfgs)*
                #[allow(dead_code)]
                fn main() -> #room::ExitCode {
                    #room::main::<#name>()
                }
            }
        });
        quote! {
            #(#cfgs)*
            #(#docs)*
            #[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
            #vis enum #name {}
            #main
        }
    }

    /// The twin of a function that was refused: it has everything but a working inside, so that no
    /// second error shows where the link is used.
    pub fn stub(&self) -> TokenStream {
        if self.method {
            return TokenStream::new();
        }
        let Self {
            name, cfgs, room, ..
        } = self;
        let (items, class) = (self.items(), self.class());
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
            };
        }
    }
}

/// Everything that stands beside the function.
pub fn expand(link: &Link, twin: &Twin) -> TokenStream {
    let Twin {
        name, cfgs, room, ..
    } = twin;
    let (items, spec) = (twin.items(), spec(link, twin));
    let wiring = wiring::wiring(link, room);
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
        };
    }
}

/// The constant description.
fn spec(link: &Link, twin: &Twin) -> TokenStream {
    let room = &twin.room;
    let class = twin.class();
    let mut spec = quote!(#room::LinkSpec::new(#class));
    let summary = twin.summary();
    if !summary.is_empty() {
        spec.extend(quote!(.summary(#summary)));
    }
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
