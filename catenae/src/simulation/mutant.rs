//! Mistakes that an engine could make, to show that the checks would find them.

/// One mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutant {
    /// An offset is stored when its electron is handed to a lane.
    AutoStore,
    /// An electron is settled when its function has returned, whatever becomes of its outputs.
    StoreBeforeReport,
    /// A lane starts what it has of an assignment that is gone.
    NoGenerationCheck,
    /// The next offset is taken for the last one.
    PlusOneTwice,
    /// An output that was not delivered counts like one that was.
    FailureSettles,
    /// A stop takes what is still on its way for delivered.
    FlushSkipped,
    /// An assignment begins where the last one of the same member had come to.
    StaleStart,
    /// A retry is forgotten: the electron counts as handled after its first failure.
    RetryForgotten,
    /// A key that stands is overtaken by its own electrons.
    Overtaking,
    /// A lane goes on with its chunk though something came where nothing was.
    ChunkKept,
    /// The scheduler does not hear what its choice cost.
    CostForgotten,
    /// It hears of half of what the last input cost.
    CostHalved,
    /// Nobody hears that a full inbox has room again.
    RoomNotTold,
}

impl Mutant {
    pub(super) const ALL: [Self; 13] = [
        Self::AutoStore,
        Self::StoreBeforeReport,
        Self::NoGenerationCheck,
        Self::PlusOneTwice,
        Self::FailureSettles,
        Self::FlushSkipped,
        Self::StaleStart,
        Self::RetryForgotten,
        Self::Overtaking,
        Self::ChunkKept,
        Self::CostForgotten,
        Self::CostHalved,
        Self::RoomNotTold,
    ];
}
