//! The body of `handler`: one value per reference, the assertions, and one call.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Index;

use crate::parameter::{Form, Parameter, chain};
use crate::rpc::model::Rpc;
use crate::span::at;
use crate::twin::Twin;

/// The statements, and the handler as their value.
pub fn handler(rpc: &Rpc, twin: &Twin) -> TokenStream {
    let Twin { name, private, .. } = twin;
    let span = at(Span::call_site());
    let roles = roles(rpc, private);
    let assertions = assertions(rpc);
    let chain = chain(references(rpc));
    let given = rpc
        .parameters
        .iter()
        .any(|one| matches!(one.form, Form::Value(_)));
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
        #private::Handler::new::<Self>(#chain, move |#lent, #arguments| {
            let returned = #name(#passed);
            #private::answered!(returned, lent.context)
        })
    }
}

/// The parameters by reference.
fn references(rpc: &Rpc) -> impl DoubleEndedIterator<Item = &Parameter> {
    let parameters = rpc.parameters.iter();
    parameters.filter(|parameter| !matches!(parameter.form, Form::Value(_)))
}

/// What each of them is.
fn roles(rpc: &Rpc, private: &TokenStream) -> TokenStream {
    let each = references(rpc).map(|parameter| {
        let (span, ty) = (at(parameter.span()), parameter.inner());
        let name = parameter.variable(span);
        match parameter.form {
            Form::Shared(_) => quote_spanned!(span=> let #name = #private::rpc_role!(#ty);),
            _ => quote_spanned!(span=> let #name = #private::rpc_exclusive!(#ty);),
        }
    });
    each.collect()
}

/// That no two of them are a state, each on the later one.
fn assertions(rpc: &Rpc) -> TokenStream {
    let mut assertions = TokenStream::new();
    for (index, parameter) in references(rpc).enumerate() {
        let span = at(parameter.span());
        let name = parameter.variable(span);
        for earlier in references(rpc).take(index) {
            let earlier = earlier.variable(span);
            assertions.extend(quote_spanned!(span=> #name.assert_beside(#earlier);));
        }
    }
    assertions
}

/// What the function is called with.
fn passed(rpc: &Rpc) -> TokenStream {
    let mut arguments = 0..;
    let each = rpc.parameters.iter().map(|parameter| {
        let span = at(parameter.span());
        match parameter.form {
            Form::Value(_) => {
                let at = Index::from(arguments.next().unwrap_or_default());
                quote_spanned!(span=> arguments.#at,)
            }
            _ => {
                let name = parameter.variable(span);
                quote_spanned!(span=> #name.pick(&mut lent),)
            }
        }
    });
    each.collect()
}
