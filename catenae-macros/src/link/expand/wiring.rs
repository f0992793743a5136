//! The body of `wiring`: one value per parameter, the assertions, and one call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use crate::link::args::StreamArg;
use crate::link::model::Link;
use crate::parameter::Parameter;
use crate::role::{self, at, variable};

/// The statements, and the call as their value.
pub fn wiring(link: &Link, room: &TokenStream) -> TokenStream {
    let expansion = Wiring { link, room };
    let roles = roles(&link.parameters, room);
    let chain = role::chain(0..link.parameters.len());
    let assertions = expansion.assertions();
    let item = expansion.item();
    let call = expansion.call();
    quote_spanned! {at(Span::call_site())=>
        #roles
        let parameters = #room::probe::parameters(#chain);
        #assertions
        #item
        #call
    }
}

/// What each of the parameters is.
pub fn roles(parameters: &[Parameter], room: &TokenStream) -> TokenStream {
    let role = |(index, parameter)| role(index, parameter, room);
    parameters.iter().enumerate().map(role).collect()
}

/// What one parameter is.
pub fn role(index: usize, parameter: &Parameter, room: &TokenStream) -> TokenStream {
    let span = at(parameter.span());
    let name = variable(index, span);
    match parameter {
        Parameter::Value(ty) => quote_spanned!(span=> let #name = #room::probe::value::<#ty>();),
        Parameter::Exclusive(ty) => {
            quote_spanned!(span=> let #name = #room::probe::exclusive::<#ty>();)
        }
        Parameter::Shared(ty) => quote_spanned!(span=> let #name = #room::role!(#ty);),
    }
}

struct Wiring<'l> {
    link: &'l Link,
    room: &'l TokenStream,
}

impl Wiring<'_> {
    fn is_source(&self) -> bool {
        self.link.inputs.is_empty()
    }

    fn has_exclusive(&self) -> bool {
        let mut parameters = self.link.parameters.iter();
        parameters.any(|parameter| matches!(parameter, Parameter::Exclusive(_)))
    }

    /// What only the compiler can judge, each on the token that is wrong.
    fn assertions(&self) -> TokenStream {
        let (link, room) = (self.link, self.room);
        let mut assertions = TokenStream::new();
        let shared = |parameter: &Parameter| matches!(parameter, Parameter::Shared(_));
        if !self.is_source() && link.parameters.iter().any(shared) {
            let span = at(link.name.span());
            let parameters = Ident::new("parameters", span);
            assertions.extend(quote_spanned!(span=> #room::probe::message(#parameters);));
        }
        for (index, parameter) in link.parameters.iter().enumerate() {
            let span = at(parameter.span());
            let name = variable(index, span);
            let parameters = Ident::new("parameters", span);
            let exclusive = matches!(parameter, Parameter::Exclusive(_));
            for (earlier, other) in link.parameters.iter().enumerate().take(index) {
                let message = !exclusive && !matches!(other, Parameter::Exclusive(_));
                if message && (shared(parameter) || shared(other)) {
                    let other = variable(earlier, span);
                    assertions
                        .extend(quote_spanned!(span=> #room::probe::one_message((#name, #other));));
                }
            }
            if link.setup.is_none() && (exclusive || shared(parameter)) {
                let messages = match self.is_source() {
                    true => quote_spanned!(span=> #room::probe::Type::<#room::probe::Yes>::new()),
                    false => quote_spanned!(span=> #parameters.messages()),
                };
                assertions.extend(quote_spanned!(span=> #name.defaults(#messages);));
            }
            if !exclusive {
                for path in typed(&link.inputs) {
                    let span = at(path.span());
                    let name = variable(index, span);
                    assertions.extend(quote_spanned! {span=>
                        let carried = #room::carries!(#path);
                        #name.reads(carried);
                    });
                }
            }
        }
        if let Some(lanes) = &link.lanes
            && lanes.base10_digits() != "1"
        {
            let span = at(lanes.span());
            let parameters = Ident::new("parameters", span);
            assertions.extend(quote_spanned!(span=> #room::probe::lanes(#parameters);));
        }
        assertions
    }

    /// What the function returns, taken apart.
    fn item(&self) -> TokenStream {
        let (link, room, function) = (self.link, self.room, &self.link.name);
        let span = at(link.returns);
        let blanks = link.parameters.iter().map(|_| quote_spanned!(span=> _));
        let item = Ident::new("item", span);
        let mut tokens = quote_spanned! {span=>
            let #item = #room::item!(#function, fn(#(#blanks),*) -> _);
            #room::probe::sends(#item);
        };
        // What the function returns goes to the first output; to the others it sends by name.
        if let Some(StreamArg::Typed(path)) = link.outputs.first() {
            let span = at(path.span());
            let item = Ident::new("item", span);
            tokens.extend(quote_spanned! {span=>
                let carried = #room::carries!(#path);
                #room::probe::writes(carried, #item);
            });
        }
        tokens
    }

    /// The one call.
    fn call(&self) -> TokenStream {
        let (room, function) = (self.room, &self.link.name);
        let span = at(Span::call_site());
        let arguments = self.arguments();
        let uses = |text: &str| mentions(&arguments, text);
        let state = named_or_blank("state", uses("state"), span);
        let parameters = if self.is_source() {
            quote_spanned!(span=> #state, out)
        } else {
            let record = named_or_blank("record", uses("record"), span);
            quote_spanned!(span=> #state, #record, out)
        };
        let constructor = match self.is_source() {
            true => quote_spanned!(span=> source),
            false => quote_spanned!(span=> link),
        };
        let (args, open, finish) = (self.args(), self.open(), self.finish());
        quote_spanned! {span=>
            #room::#constructor(
                parameters,
                item,
                #args,
                #open,
                move |#parameters| {
                    let returned = #function(#arguments);
                    #room::settle!(returned, out)
                },
                #finish,
            )
        }
    }

    fn arguments(&self) -> TokenStream {
        let room = self.room;
        let each = self.link.parameters.iter().enumerate();
        each.map(|(index, parameter)| {
            let span = at(parameter.span());
            match parameter {
                Parameter::Value(ty) => {
                    quote_spanned!(span=> #room::probe::take::<#ty>(&record)?,)
                }
                Parameter::Exclusive(_) => quote_spanned!(span=> state,),
                Parameter::Shared(_) => {
                    let name = variable(index, span);
                    let state = match self.has_exclusive() {
                        true => quote_spanned!(span=> &#room::probe::Taken),
                        false => quote_spanned!(span=> &*state),
                    };
                    let record = match self.is_source() {
                        true => quote_spanned!(span=> &#room::probe::NoRecord),
                        false => quote_spanned!(span=> &record),
                    };
                    quote_spanned!(span=> #name.pick(#state, #record, out.context)?,)
                }
            }
        })
        .collect()
    }

    fn args(&self) -> TokenStream {
        let room = self.room;
        match &self.link.args {
            Some(ty) => quote_spanned!(at(ty.span())=> #room::ArgsSpec::of::<#ty>()),
            None => quote_spanned!(at(Span::call_site())=> #room::ArgsSpec::none()),
        }
    }

    fn open(&self) -> TokenStream {
        let room = self.room;
        match &self.link.setup {
            Some(path) => quote_spanned! {at(path.span())=>
                move |context| {
                    let made = #room::setup!(#path, parameters, context);
                    ::core::result::Result::Ok(parameters.keep(made))
                }
            },
            None => quote_spanned! {at(Span::call_site())=>
                move |_| #room::default!(parameters)
            },
        }
    }

    fn finish(&self) -> TokenStream {
        let room = self.room;
        match &self.link.finish {
            Some(path) => quote_spanned! {at(path.span())=>
                |state, context| #room::finish!(#path, state, context)
            },
            None => quote_spanned!(at(Span::call_site())=> #room::unfinished),
        }
    }
}

fn typed(streams: &[StreamArg]) -> impl Iterator<Item = &syn::Path> {
    streams.iter().filter_map(|stream| match stream {
        StreamArg::Typed(path) => Some(path),
        StreamArg::Name(_) => None,
    })
}

fn named_or_blank(name: &str, used: bool, span: Span) -> TokenStream {
    if used {
        Ident::new(name, span).into_token_stream()
    } else {
        quote_spanned!(span=> _)
    }
}

/// Whether an argument needs the variable `name`.
fn mentions(arguments: &TokenStream, name: &str) -> bool {
    use proc_macro2::TokenTree;
    arguments.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}
