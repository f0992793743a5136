//! The source of the space station: asks where it is, every five seconds.

use std::time::Duration;

use catenae::prelude::*;
use iss_streams::{POSITIONS, Position};
use serde::Deserialize;
use ureq::Agent;

/// Longer than an answer takes, shorter than the period.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Where to ask, and how often.
#[derive(clap::Args)]
pub struct Endpoint {
    /// The address of the JSON endpoint
    #[arg(long, default_value = "http://api.open-notify.org/iss-now.json")]
    url: String,

    /// Stop after so many positions; without it there is no end
    #[arg(long)]
    count: Option<u64>,
}

/// The answer of the endpoint, which gives degrees as texts.
#[derive(Deserialize)]
struct Answer {
    timestamp: i64,
    iss_position: Degrees,
}

#[derive(Deserialize)]
struct Degrees {
    latitude: String,
    longitude: String,
}

/// The client, which keeps its connection, and how many positions it has given.
pub struct Poll {
    agent: Agent,
    sent: u64,
}

/// Builds the client.
fn poll() -> Poll {
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .build();
    Poll {
        agent: config.into(),
        sent: 0,
    }
}

/// Asks where the station is.
///
/// The key keeps all positions in one partition, and so in order. No answer is no position and a
/// line in the log: the next question may be luckier.
#[catenae::link(output = POSITIONS, every = "5s", setup = poll, args = Endpoint)]
pub fn iss_position(poll: &mut Poll, ctx: &Context) -> Option<Electron<Position>> {
    let endpoint = ctx.args::<Endpoint>()?;
    let position = match ask(&poll.agent, &endpoint.url) {
        Ok(position) => position,
        Err(error) => {
            tracing::warn!("no position from {}: {error}", endpoint.url);
            return None;
        }
    };
    poll.sent += 1;
    if endpoint.count.is_some_and(|count| poll.sent >= count) {
        ctx.stop("as many positions as --count asked for");
    }
    Some(Electron::new(position).with_key("iss".to_owned()))
}

/// One question.
fn ask(agent: &Agent, url: &str) -> Result<Position, Box<dyn std::error::Error>> {
    let text = agent.get(url).call()?.body_mut().read_to_string()?;
    let answer: Answer = serde_json::from_str(&text)?;
    Ok(Position {
        seconds: answer.timestamp,
        latitude: answer.iss_position.latitude.parse()?,
        longitude: answer.iss_position.longitude.parse()?,
    })
}
