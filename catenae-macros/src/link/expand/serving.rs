//! The methods that a link lists under `rpc = […]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::wiring::role;
use crate::link::model::Link;
use crate::parameter::Parameter;
use crate::role::{at, chain};
use crate::twin::Twin;

/// What the link serves, also when that is nothing.
pub fn serving(link: &Link, twin: &Twin) -> TokenStream {
    let Twin { name, room, .. } = twin;
    let class = twin.said();
    let methods = (!link.rpc.is_empty()).then(|| {
        let state = state(link, room);
        let each = link
            .rpc
            .iter()
            .map(|method| quote_spanned!(at(method.span())=> link.serves::<#method, _>()));
        quote_spanned! {at(name.span())=>
            fn methods() -> #room::Vec<#room::Served> {
                #state
                let link = #room::method::of_link(state);
                #room::method::list([#(#each),*])
            }
        }
    });
    let serves = link
        .rpc
        .iter()
        .map(|method| quote!(impl #room::Serves<#method> for #name {}));
    quote! {
        impl #room::Serving for #name {
            const CLASS: &'static str = #class;
            #methods
        }
        #(#serves)*
    }
}

/// The type of the link's state: what is behind `&mut`; of what is behind `&` the compiler knows.
fn state(link: &Link, room: &TokenStream) -> TokenStream {
    let span = at(link.name.span());
    let mut parameters = link.parameters.iter();
    let exclusive = parameters.find_map(|parameter| match parameter {
        Parameter::Exclusive(ty) => Some(ty),
        Parameter::Value(_) | Parameter::Shared(_) => None,
    });
    if let Some(ty) = exclusive {
        return quote_spanned!(span=> let state = #room::probe::Type::<#ty>::new(););
    }
    let shared = link.parameters.iter().enumerate();
    let shared = shared.filter(|(_, parameter)| matches!(parameter, Parameter::Shared(_)));
    let roles = shared
        .clone()
        .map(|(index, parameter)| role(index, parameter, room));
    let chain = chain(shared.clone().map(|(index, _)| index));
    quote_spanned! {span=>
        #(#roles)*
        let state = #room::probe::parameters(#chain).state();
    }
}
