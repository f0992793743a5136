//! The body of `handler`: one value per reference, the assertions, and one call.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Index;

use crate::parameter::Parameter;
use crate::role::{at, chain, variable};
use crate::rpc::model::Rpc;
use crate::twin::Twin;

/// The statements, and the handler as their value.
pub fn handler(rpc: &Rpc, twin: &Twin) -> TokenStream {
    let Twin { name, room, .. } = twin;
    let span = at(Span::call_site());
    let roles = roles(rpc, room);
    let assertions = assertions(rpc);
    let chain = chain(references(rpc).map(|(index, _)| index));
    let given = rpc
        .parameters
        .iter()
        .any(|one| matches!(one, Parameter::Value(_)));
    let arguments = match given {
        true => quote_spanned!(span=> arguments),
        false => quote_spanned!(span=> _),
    };
    let lent = match references(rpc).next() {
        Some(_) => quote_spanned!(span=> mut lent),
        None => quote_spanned!(span=> lent),
    };
    let passed = passed(rpc);
    quote_spanned! {span=>
        #roles
        #assertions
        #room::Handler::new::<Self>(#chain, move |#lent, #arguments| {
            let returned = #name(#passed);
            #room::answered!(returned, lent.context)
        })
    }
}

/// The parameters by reference.
fn references(rpc: &Rpc) -> impl DoubleEndedIterator<Item = (usize, &Parameter)> {
    let parameters = rpc.parameters.iter().enumerate();
    parameters.filter(|(_, parameter)| !matches!(parameter, Parameter::Value(_)))
}

/// What each of them is.
fn roles(rpc: &Rpc, room: &TokenStream) -> TokenStream {
    let each = references(rpc).map(|(index, parameter)| {
        let (span, ty) = (at(parameter.span()), parameter.inner());
        let name = variable(index, span);
        match parameter {
            Parameter::Shared(_) => quote_spanned!(span=> let #name = #room::rpc_role!(#ty);),
            _ => quote_spanned!(span=> let #name = #room::rpc_exclusive!(#ty);),
        }
    });
    each.collect()
}

/// That no two of them are a state, each on the later one.
fn assertions(rpc: &Rpc) -> TokenStream {
    let mut assertions = TokenStream::new();
    for (index, parameter) in references(rpc) {
        let span = at(parameter.span());
        let name = variable(index, span);
        for (earlier, _) in references(rpc).take_while(|(earlier, _)| *earlier < index) {
            let earlier = variable(earlier, span);
            assertions.extend(quote_spanned!(span=> #name.beside(#earlier);));
        }
    }
    assertions
}

/// What the function is called with.
fn passed(rpc: &Rpc) -> TokenStream {
    let mut arguments = 0..;
    let each = rpc.parameters.iter().enumerate().map(|(index, parameter)| {
        let span = at(parameter.span());
        match parameter {
            Parameter::Value(_) => {
                let at = Index::from(arguments.next().unwrap_or_default());
                quote_spanned!(span=> arguments.#at,)
            }
            _ => {
                let name = variable(index, span);
                quote_spanned!(span=> #name.pick(&mut lent),)
            }
        }
    });
    each.collect()
}
