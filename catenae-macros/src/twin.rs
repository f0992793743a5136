//! The type of the function's name, and what is known of it even when the function is refused.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Lit, Meta, Path, Visibility};

use crate::function::Function;

/// The type of the function's name.
pub struct Twin {
    pub name: Ident,
    pub vis: Visibility,
    /// The `cfg`s of the function, which its companions share.
    pub cfgs: Vec<Attribute>,
    docs: Vec<Attribute>,
    /// The private module of the library, as a path from the user's module.
    pub path: TokenStream,
    /// The same behind `use #path;`, as an expansion begins.
    pub private: TokenStream,
    /// Whether the function stands in an `impl`, where nothing can stand beside it.
    pub method: bool,
}

impl Twin {
    /// The twin of a function; `krate` is where the library is, if it was renamed.
    pub fn new(function: &Function, krate: Option<&Path>) -> Self {
        let attrs = |name: &str| {
            let attrs = function.attrs.iter();
            attrs
                .filter(|attr| attr.path().is_ident(name))
                .cloned()
                .collect()
        };
        Self {
            name: function.signature.ident.clone(),
            method: function.signature.receiver().is_some(),
            vis: function.vis.clone(),
            cfgs: attrs("cfg"),
            docs: attrs("doc"),
            path: match krate {
                Some(path) => quote!(#path::__private),
                None => quote!(::catenae::__private),
            },
            private: quote!(__private),
        }
    }

    /// The function's name as it is said.
    pub fn said(&self) -> String {
        self.name.unraw().to_string()
    }

    /// The call that puts the first paragraph of the documentation into a description, if there is one.
    pub fn summary(&self) -> TokenStream {
        let summary = self.first_paragraph();
        match summary.is_empty() {
            true => TokenStream::new(),
            false => quote!(.summary(#summary)),
        }
    }

    /// The first paragraph of the documentation on one line.
    fn first_paragraph(&self) -> String {
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
        // An empty line of documentation is a block without any `lines`.
        let text: Vec<String> = lines
            .flat_map(|block| {
                let lines = block.split('\n').map(|line| line.trim().to_owned());
                lines.collect::<Vec<_>>()
            })
            .skip_while(String::is_empty)
            .take_while(|line| !line.is_empty())
            .collect();
        text.join(" ")
    }

    /// The type itself.
    pub fn item(&self) -> TokenStream {
        let Self {
            name,
            vis,
            cfgs,
            docs,
            ..
        } = self;
        quote! {
            #(#cfgs)*
            #(#docs)*
            #[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
            #vis enum #name {}
        }
    }
}
