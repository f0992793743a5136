//! Knows users, and answers by calling back the one who asked.

use std::collections::BTreeMap;

use catenae::prelude::*;
use catenae::rpc::CallError;

use crate::crawler::put_user;

/// The ages of the users, by name.
pub struct Profiles(BTreeMap<&'static str, u32>);

/// Keeps the profiles of users, for whoever asks.
#[catenae::link(rpc = [request_user], setup = load, main = false)]
pub fn profiles(_: &Profiles) {}

fn load() -> Profiles {
    Profiles(BTreeMap::from([("ada", 36), ("grace", 85), ("alan", 41)]))
}

/// Sends a user to the one who asks, and to nobody else.
#[catenae::rpc]
pub fn request_user(
    profiles: &Profiles,
    name: String,
    caller: &Caller,
    ctx: &Context,
) -> Result<(), CallError> {
    let age = profiles.0.get(name.as_str()).copied();
    put_user::at(caller.uid()).notify(ctx, (name, age))
}
