//! What the reader and the lanes share: partitions with their generations, inboxes, what a lane has in hand.

pub(crate) mod hand;
pub(crate) mod inbox;
pub(crate) mod lane_queue;
pub(crate) mod partitions;
pub(crate) mod returned;
