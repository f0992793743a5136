//! The programs of the README and of the guide compile, and their assertions hold.

#[doc = include_str!("../../README.md")]
struct Readme;

#[doc = include_str!("../../guide/first-chain.md")]
struct FirstChain;

#[doc = include_str!("../../guide/links.md")]
struct Links;

#[doc = include_str!("../../guide/inputs.md")]
struct Inputs;

#[doc = include_str!("../../guide/keys.md")]
struct Keys;

#[doc = include_str!("../../guide/state.md")]
struct State;

#[doc = include_str!("../../guide/failures.md")]
struct Failures;

#[doc = include_str!("../../guide/delivery.md")]
struct Delivery;

#[doc = include_str!("../../guide/calls.md")]
struct Calls;

#[doc = include_str!("../../guide/topologies.md")]
struct Topologies;

#[doc = include_str!("../../guide/wire.md")]
struct Wire;

#[doc = include_str!("../../guide/from-python.md")]
struct FromPython;

#[doc = include_str!("../../guide/from-storm.md")]
struct FromStorm;
