fn mapper(line: String) -> String {
    line
}
#[allow(non_camel_case_types, missing_docs, missing_debug_implementations, dead_code)]
enum mapper {}
const _: () = {
    const __SPEC: ::catenae::__private::LinkSpec = ::catenae::__private::LinkSpec::new(
            "mapper",
        )
        .version(::catenae::__private::version(::core::option_env!("CARGO_PKG_VERSION")))
        .inputs(&[::catenae::__private::StreamRef::named("a")])
        .outputs(&[::catenae::__private::StreamRef::named("b")])
        .delivery(::catenae::__private::Delivery::AtLeastOnce)
        .commit_interval_millis(250u64)
        .retry(5u32, 100u64, 10000u64)
        .retry_jitter()
        .retry_waiting(::catenae::__private::Waiting::Delayed)
        .on_decode(::catenae::__private::OnError::DeadLetter)
        .on_panic(::catenae::__private::OnError::Fail)
        .cap(50u32, 10u32)
        .kafka(&["linger.ms=50", "acks=all"]);
    impl ::catenae::__private::Link for mapper {
        const SPEC: ::catenae::__private::LinkSpec = __SPEC;
        fn wiring() -> ::catenae::__private::Wiring {
            let first = ::catenae::__private::probe::value::<String>();
            let parameters = ::catenae::__private::probe::parameters((first, ()));
            let item = ::catenae::__private::item!(mapper, fn (_) -> _);
            ::catenae::__private::probe::sends(item);
            ::catenae::__private::link(
                parameters,
                item,
                ::catenae::__private::ArgsSpec::none(),
                move |_| ::catenae::__private::default!(parameters),
                move |_, record, out| {
                    let returned = mapper(
                        ::catenae::__private::probe::take::<String>(&record)?,
                    );
                    ::catenae::__private::settle!(returned, out)
                },
                ::catenae::__private::unfinished,
            )
        }
    }
    impl ::catenae::__private::Serving for mapper {
        const CLASS: &'static str = "mapper";
    }
};
