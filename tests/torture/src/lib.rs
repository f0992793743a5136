//! The proof: compiled links under a seeded nemesis, and a checker that says what was lost.
//!
//! README.md has the commands; the rooms in reading order are below. The links use `wire`,
//! `conduct` and `calls`; everything else is the harness.

pub mod calls;
mod checker;
mod cluster;
mod collect;
mod conduct;
mod drawing;
mod dump;
mod fleet;
mod foreign;
mod generator;
mod history;
mod ids;
mod incarnations;
mod journal;
mod judge;
mod limits;
mod mode;
pub mod mutants;
pub mod nature;
mod nemesis;
pub mod options;
mod pace;
mod proxy;
mod reader;
mod report;
pub mod run;
mod schedule;
mod seed;
mod snapshot;
mod sources;
mod streams;
mod topology;
mod watch;
mod wire;

pub use conduct::{Conduct, meet, stumble};
pub use fleet::LINK;
pub use wire::{Made, Parent, Sent};
