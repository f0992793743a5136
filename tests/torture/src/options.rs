//! What a run is asked to do.

use std::path::PathBuf;

use catenae::prelude::clap;

use crate::mode::Mode;
use crate::schedule::Kind;

/// Tortures compiled links and says what was lost, repeated or out of order.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "catenae-torture")]
pub struct Cli {
    /// What to do; a single run when nothing is said
    #[command(subcommand)]
    pub order: Option<Order>,
    /// The run
    #[command(flatten)]
    pub options: Options,
}

/// What to do instead of a single run.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Order {
    /// Runs the engine's mutants, each under what must catch it; fails when one survives. Needs a
    /// build with `--cfg catenae_mutant`: tests/torture/mutants.sh
    Mutants {
        /// Only these
        names: Vec<String>,
    },
}

/// The options of a run.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The topologies, all at once; `calls` is one that has no inputs
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "relay,fan,merge,keyed,lanes,flaky,later,again"
    )]
    pub topology: Vec<String>,
    /// The mode of the links
    #[arg(long, value_enum, default_value_t = Mode::Default)]
    pub mode: Mode,
    /// Replays the schedule of an earlier run; drawn and printed when not given
    #[arg(long)]
    pub seed: Option<u64>,
    /// Goes on until that many instances were killed
    #[arg(long)]
    pub kills: Option<u64>,
    /// Goes on that long; 60 when no `--kills` are given
    #[arg(long)]
    pub seconds: Option<u64>,
    /// What goes wrong
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "kill,term,stop,scale,broker,net,panic,slow,recreate,odd-times,foreign"
    )]
    pub faults: Vec<Kind>,
    /// The mean time between two faults, in milliseconds
    #[arg(long, default_value_t = 900)]
    pub gap_ms: u64,
    /// At most so many instances of each link
    #[arg(long, default_value_t = 3)]
    pub instances: usize,
    /// Inputs per second, all input streams together; 200 when not given, 10 for `--mode sync`
    #[arg(long)]
    pub rate: Option<u64>,
    /// Inputs that are there before the rate is kept; twenty seconds' worth when not given
    #[arg(long)]
    pub backlog: Option<u64>,
    /// Partitions of every stream
    #[arg(long, default_value_t = 4)]
    pub partitions: i32,
    /// Brokers; from three on, streams are replicated and one may die
    #[arg(long, default_value_t = 3)]
    pub brokers: usize,
    /// How long a member may be silent before its partitions go to others, in milliseconds
    #[arg(long, default_value_t = 2000)]
    pub session_ms: u64,
    /// The links' `linger.ms`, one of these for each process
    #[arg(long, value_delimiter = ',', default_value = "0,5,50,300")]
    pub linger_ms: Vec<u64>,
    /// Microseconds of work per electron
    #[arg(long, default_value_t = 0)]
    pub work_us: u64,
    /// Milliseconds that everything between links and brokers takes longer each way, all the time
    #[arg(long, default_value_t = 0)]
    pub latency_ms: u64,
    /// Undecodable inputs go to the dead letters; needed for `--faults poison`, implied by `limits`
    #[arg(long)]
    pub dead_letters: bool,
    /// One more argument for every link; may be repeated
    #[arg(long, allow_hyphen_values = true)]
    pub link: Vec<String>,
    /// How long the links may go without getting on when the faults are over, in seconds; to be done they may take four
    /// times that
    #[arg(long, default_value_t = 90)]
    pub liveness_s: u64,
    /// Where a run keeps its files; those of a run that passed are deleted
    #[arg(long, default_value = "target/torture")]
    pub folder: PathBuf,
    /// Keeps them all the same
    #[arg(long)]
    pub keep: bool,
    /// Where Kafka keeps its state
    #[arg(
        long,
        env = "CATENAE_KAFKA_STATE",
        default_value = "target/kafka-torture"
    )]
    pub kafka_state: PathBuf,
    /// Makes the engine a mutant; needs a build with `--cfg catenae_mutant`
    #[arg(long)]
    pub mutant: Option<String>,
}

impl Options {
    /// Whether every link has dead letters.
    #[must_use]
    pub fn has_dead_letters(&self) -> bool {
        self.dead_letters || self.faults.contains(&Kind::Limits)
    }
}
