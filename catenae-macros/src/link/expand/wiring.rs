//! The body of `wiring`: one value per parameter, the assertions, and one call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use crate::link::args::StreamArg;
use crate::link::model::Link;
use crate::parameter::{Form, Parameter, chain};
use crate::span::at;

/// The statements, and the call as their value.
pub fn wiring(link: &Link, private: &TokenStream) -> TokenStream {
    let expansion = Wiring { link, private };
    let roles = roles(&link.parameters, private);
    let chain = chain(link.parameters.iter());
    let assertions = expansion.assertions();
    let item = expansion.item();
    let call = expansion.call();
    quote_spanned! {at(Span::call_site())=>
        #roles
        let parameters = #private::probe::parameters(#chain);
        #assertions
        #item
        #call
    }
}

/// What each of the parameters is.
pub fn roles(parameters: &[Parameter], private: &TokenStream) -> TokenStream {
    let role = |parameter| role(parameter, private);
    parameters.iter().map(role).collect()
}

/// What one parameter is.
pub fn role(parameter: &Parameter, private: &TokenStream) -> TokenStream {
    let span = at(parameter.span());
    let name = parameter.variable(span);
    match &parameter.form {
        Form::Value(ty) => quote_spanned!(span=> let #name = #private::probe::value::<#ty>();),
        Form::Exclusive(ty) => {
            quote_spanned!(span=> let #name = #private::probe::exclusive::<#ty>();)
        }
        Form::Shared(ty) => quote_spanned!(span=> let #name = #private::role!(#ty);),
    }
}

struct Wiring<'l> {
    link: &'l Link,
    private: &'l TokenStream,
}

impl Wiring<'_> {
    fn is_source(&self) -> bool {
        self.link.inputs.is_empty()
    }

    fn has_exclusive(&self) -> bool {
        let mut parameters = self.link.parameters.iter();
        parameters.any(|parameter| matches!(parameter.form, Form::Exclusive(_)))
    }

    /// What only the compiler can judge, each on the token that is wrong.
    fn assertions(&self) -> TokenStream {
        let (link, private) = (self.link, self.private);
        let mut assertions = TokenStream::new();
        let shared = |parameter: &Parameter| matches!(parameter.form, Form::Shared(_));
        if !self.is_source() && link.parameters.iter().any(shared) {
            let span = at(link.name.span());
            let parameters = Ident::new("parameters", span);
            assertions.extend(quote_spanned!(span=> #private::probe::assert_message(#parameters);));
        }
        if link.is_silent() && !link.outputs.is_empty() {
            let span = at(link.name.span());
            let parameters = Ident::new("parameters", span);
            assertions
                .extend(quote_spanned!(span=> #private::probe::assert_can_send(#parameters);));
        }
        for (index, parameter) in link.parameters.iter().enumerate() {
            let span = at(parameter.span());
            let name = parameter.variable(span);
            let parameters = Ident::new("parameters", span);
            let exclusive = matches!(parameter.form, Form::Exclusive(_));
            for other in link.parameters.iter().take(index) {
                let message = !exclusive && !matches!(other.form, Form::Exclusive(_));
                if message && (shared(parameter) || shared(other)) {
                    let other = other.variable(span);
                    assertions
                        .extend(quote_spanned!(span=> #private::probe::assert_one_message((#name, #other));));
                }
            }
            if link.setup.is_none() && (exclusive || shared(parameter)) {
                let messages = match self.is_source() {
                    true => {
                        quote_spanned!(span=> #private::probe::Type::<#private::probe::Yes>::new())
                    }
                    false => quote_spanned!(span=> #parameters.messages()),
                };
                assertions.extend(quote_spanned!(span=> #name.assert_defaults(#messages);));
            }
            if !exclusive {
                for path in typed(&link.inputs) {
                    let span = at(path.span());
                    let name = parameter.variable(span);
                    assertions.extend(quote_spanned! {span=>
                        let carried = #private::carries!(#path);
                        #name.assert_reads(carried);
                    });
                }
            }
        }
        if let Some(lanes) = &link.lanes
            && lanes.base10_digits() != "1"
        {
            let span = at(lanes.span());
            let parameters = Ident::new("parameters", span);
            assertions.extend(quote_spanned!(span=> #private::probe::assert_lanes(#parameters);));
        }
        assertions
    }

    /// What the function returns, taken apart.
    fn item(&self) -> TokenStream {
        let (link, private, function) = (self.link, self.private, &self.link.name);
        let span = at(link.returns);
        let blanks = link.parameters.iter().map(|_| quote_spanned!(span=> _));
        let item = Ident::new("item", span);
        let mut tokens = quote_spanned! {span=>
            let #item = #private::item!(#function, fn(#(#blanks),*) -> _);
            #private::probe::assert_sends(#item);
        };
        // What the function returns goes to the first output; to the others it sends by name.
        if let Some(StreamArg::Typed(path)) = link.outputs.first() {
            let span = at(path.span());
            let item = Ident::new("item", span);
            tokens.extend(quote_spanned! {span=>
                let carried = #private::carries!(#path);
                #private::probe::assert_writes(carried, #item);
            });
        }
        tokens
    }

    /// The one call.
    fn call(&self) -> TokenStream {
        let (private, function) = (self.private, &self.link.name);
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
            #private::#constructor(
                parameters,
                item,
                #open,
                move |#parameters| {
                    let returned = #function(#arguments);
                    #private::settle!(returned, out)
                },
                #finish,
            )
            #args
        }
    }

    fn arguments(&self) -> TokenStream {
        let private = self.private;
        let each = self.link.parameters.iter();
        each.map(|parameter| {
            let span = at(parameter.span());
            match &parameter.form {
                Form::Value(ty) => {
                    quote_spanned!(span=> #private::probe::take::<#ty>(&record)?,)
                }
                Form::Exclusive(_) => quote_spanned!(span=> state,),
                Form::Shared(_) => {
                    let name = parameter.variable(span);
                    let state = match self.has_exclusive() {
                        true => quote_spanned!(span=> &#private::probe::Taken),
                        false => quote_spanned!(span=> &*state),
                    };
                    let record = match self.is_source() {
                        true => quote_spanned!(span=> &#private::probe::NoRecord),
                        false => quote_spanned!(span=> &record),
                    };
                    quote_spanned!(span=> #name.pick(#state, #record, out.context)?,)
                }
            }
        })
        .collect()
    }

    fn args(&self) -> TokenStream {
        let private = self.private;
        match &self.link.args {
            Some(ty) => quote_spanned!(at(ty.span())=> .args(#private::ArgsSpec::of::<#ty>())),
            None => TokenStream::new(),
        }
    }

    fn open(&self) -> TokenStream {
        let private = self.private;
        match &self.link.setup {
            Some(path) => quote_spanned! {at(path.span())=>
                move |context| {
                    let made = #private::setup!(#path, parameters, context);
                    ::core::result::Result::Ok(parameters.keep(made))
                }
            },
            None => quote_spanned! {at(Span::call_site())=>
                move |_| #private::default!(parameters)
            },
        }
    }

    fn finish(&self) -> TokenStream {
        let private = self.private;
        match &self.link.finish {
            Some(path) => quote_spanned! {at(path.span())=>
                |state, context| #private::finish!(#path, state, context)
            },
            None => quote_spanned!(at(Span::call_site())=> #private::unfinished),
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
