//! Asks for users without waiting, and is called back with each.

use std::collections::BTreeMap;

use catenae::prelude::*;
use catenae::rpc::CallError;

use crate::profiles::{profiles, request_user};

/// Whom it wants to know about.
const WANTED: [&str; 3] = ["ada", "alan", "linus"];

/// The users it has heard of; without an age nobody knows them.
#[derive(Default)]
pub struct Users {
    asked: bool,
    heard: BTreeMap<String, Option<u32>>,
}

/// Asks for every user once; when it has heard of all it prints them and stops.
#[catenae::link(every = "100ms", rpc = [put_user], main = false)]
pub fn crawler(users: &mut Users, ctx: &Context) -> Result<(), CallError> {
    if !users.asked {
        users.asked = true;
        for name in WANTED {
            request_user::any::<profiles>().notify(ctx, name)?;
        }
    }
    if users.heard.len() == WANTED.len() {
        for (name, age) in &users.heard {
            match age {
                Some(age) => println!("{name} became {age}"),
                None => println!("nobody knows {name}"),
            }
        }
        ctx.stop("all users are known");
    }
    Ok(())
}

/// Takes a user that was asked for.
#[catenae::rpc]
pub fn put_user(users: &mut Users, name: String, age: Option<u32>) {
    users.heard.insert(name, age);
}
