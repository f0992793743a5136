//! The methods that a link lists under `rpc = […]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::wiring::role;
use crate::link::model::Link;
use crate::parameter::{Form, chain};
use crate::span::at;
use crate::twin::Twin;

/// What the link serves, also when that is nothing.
pub fn serving(link: &Link, twin: &Twin) -> TokenStream {
    let Twin { name, private, .. } = twin;
    let class = twin.said();
    if link.rpc.is_empty() {
        return quote!(#private::serving!(#name, #class););
    }
    let state = state(link, private);
    let each = link
        .rpc
        .iter()
        .map(|method| quote_spanned!(at(method.span())=> link.serves::<#method, _>()));
    let methods = quote_spanned! {at(name.span())=>
        fn methods() -> #private::Vec<#private::Served> {
            #state
            let link = #private::method::of_link(state);
            #private::method::list([#(#each),*])
        }
    };
    let serves = link
        .rpc
        .iter()
        .map(|method| quote!(impl #private::Serves<#method> for #name {}));
    quote! {
        impl #private::Serving for #name {
            const CLASS: &'static str = #class;
            #methods
        }
        #(#serves)*
    }
}

/// The type of the link's state: what is behind `&mut`; of what is behind `&` the compiler knows.
fn state(link: &Link, private: &TokenStream) -> TokenStream {
    let span = at(link.name.span());
    let mut parameters = link.parameters.iter();
    let exclusive = parameters.find_map(|parameter| match &parameter.form {
        Form::Exclusive(ty) => Some(ty),
        Form::Value(_) | Form::Shared(_) => None,
    });
    if let Some(ty) = exclusive {
        return quote_spanned!(span=> let state = #private::probe::Type::<#ty>::new(););
    }
    let shared = link.parameters.iter();
    let shared = shared.filter(|parameter| matches!(parameter.form, Form::Shared(_)));
    let roles = shared.clone().map(|parameter| role(parameter, private));
    let chain = chain(shared.clone());
    quote_spanned! {span=>
        #(#roles)*
        let state = #private::probe::parameters(#chain).state();
    }
}
