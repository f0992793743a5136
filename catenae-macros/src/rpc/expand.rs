//! What stands beside the user's function: the twin, its description, its handler, its stub.

mod handler;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{VisitMut, visit_type_reference_mut};
use syn::{Lifetime, Type, TypeReference};

use super::model::{Returned, Rpc};
use crate::parameter::Form;
use crate::span::at;
use crate::twin::Twin;

/// Everything that stands beside the function.
pub fn expand(rpc: &Rpc, returned: &Returned, twin: &Twin) -> TokenStream {
    let Twin {
        name,
        vis,
        cfgs,
        path,
        private,
        ..
    } = twin;
    let (item, spec) = (twin.item(), spec(rpc, twin));
    let (arguments, answer) = (arguments(rpc, private), answer(returned));
    let wire = wire(rpc, returned, private);
    let handler = handler::handler(rpc, twin);
    let fits = fits(rpc, twin);
    // In another crate the compiler says nothing of what the library's macros leave unused.
    let own = rpc
        .builtin
        .then(|| quote!(#[allow(dead_code, unused_imports)]));
    quote! {
        #item
        #(#cfgs)*
        #own
        const _: () = {
            use #path;
            impl #private::Method for #name {
                const SPEC: #private::MethodSpec = #spec;
                type Arguments = #arguments;
                type Returned = #answer;
                fn wire() -> #private::MethodCodec<Self> {
                    #wire
                }
                fn handler() -> #private::Handler {
                    #handler
                }
            }
            impl #name {
                #private::stub!(#vis fn);
            }
            #fits
        };
    }
}

/// The twin of a function that was refused: it has everything but a working inside, so that no
/// second error shows where the method is listed or called.
pub fn stub(returned: &Returned, twin: &Twin) -> TokenStream {
    let Twin {
        name,
        vis,
        cfgs,
        path,
        private,
        ..
    } = twin;
    if twin.method {
        return TokenStream::new();
    }
    let (item, said, answer) = (twin.item(), twin.said(), answer(returned));
    quote! {
        #item
        #(#cfgs)*
        const _: () = {
            use #path;
            impl #private::Method for #name {
                const SPEC: #private::MethodSpec = #private::MethodSpec::new(#said);
                type Arguments = #private::UnknownArguments;
                type Returned = #answer;
                fn wire() -> #private::MethodCodec<Self> {
                    ::core::unreachable!("this rpc does not compile")
                }
                fn handler() -> #private::Handler {
                    ::core::unreachable!("this rpc does not compile")
                }
            }
            impl #name {
                #private::stub!(#vis fn);
            }
            impl<__S> #private::method::FitsLink<__S, #private::UnknownArguments> for #name {}
        };
    }
}

/// The constant description.
fn spec(rpc: &Rpc, twin: &Twin) -> TokenStream {
    let (private, said) = (&twin.private, twin.said());
    let mut spec = quote!(#private::MethodSpec::new(#said));
    spec.extend(twin.summary());
    if rpc.idempotent {
        spec.extend(quote!(.idempotent()));
    }
    spec
}

/// The types of the arguments, in their order.
fn argument_types(rpc: &Rpc) -> Vec<&Type> {
    let parameters = rpc.parameters.iter();
    let by_value = parameters.filter_map(|parameter| match &parameter.form {
        Form::Value(ty) => Some(ty),
        Form::Exclusive(_) | Form::Shared(_) => None,
    });
    by_value.collect()
}

/// The arguments as one type.
fn arguments(rpc: &Rpc, private: &TokenStream) -> TokenStream {
    match argument_types(rpc).as_slice() {
        [] => quote!(#private::Nothing),
        [one] => quote!(#private::One<#one>),
        several => quote!(#private::Many<(#(#several),*)>),
    }
}

fn answer(returned: &Returned) -> TokenStream {
    match &returned.ty {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    }
}

/// How the arguments and the answer cross, asserted of each on its own type.
fn wire(rpc: &Rpc, returned: &Returned, private: &TokenStream) -> TokenStream {
    let written = argument_types(rpc).into_iter().chain(&returned.ty);
    let assertions = written
        .map(|ty| quote_spanned!(at(ty.span())=> #private::method::assert_crosses::<#ty>();));
    quote_spanned! {at(returned.span)=>
        #(#assertions)*
        #private::wire!(Self)
    }
}

/// The type of a state as a bound may say it: a state lives as long as its link, so what it borrows lives
/// for ever, whatever the function leaves out.
fn owning(ty: &Type) -> Type {
    struct Static;

    impl VisitMut for Static {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            lifetime.ident = Ident::new("static", lifetime.ident.span());
        }

        fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
            let span = reference.and_token.span();
            let lifetime = reference.lifetime.take();
            reference.lifetime = lifetime.or_else(|| Some(Lifetime::new("'static", span)));
            visit_type_reference_mut(self, reference);
        }
    }

    let mut ty = ty.clone();
    Static.visit_type_mut(&mut ty);
    ty
}

/// What the method asks of the link that lists it: the compiler finds out how each reference fits.
fn fits(rpc: &Rpc, twin: &Twin) -> TokenStream {
    let Twin { name, private, .. } = twin;
    let mut hows = Vec::new();
    let mut bounds = Vec::new();
    for (index, parameter) in rpc.parameters.iter().enumerate() {
        if let Form::Exclusive(ty) | Form::Shared(ty) = &parameter.form {
            let how = format_ident!("__{}", index);
            let ty = owning(ty);
            bounds.push(quote!(#ty: #private::method::Fits<__S, #how>));
            hows.push(how);
        }
    }
    let bounds = (!bounds.is_empty()).then(|| quote!(where #(#bounds),*));
    quote!(impl<__S, #(#hows),*> #private::method::FitsLink<__S, (#(#hows,)*)> for #name #bounds {})
}
