//! What a micromodule says of itself: who it is, what it can be asked, again and again, and goodbye.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::{CallsShared, Presence, since_1970};
use crate::config::Config;
use crate::kafka::client::record::{FetchedRecord, RawHeaders};
use crate::rpc::{AnnouncedMethod, Announcement, Caller, Served, VERSION, write};
use crate::stream::StreamName;

/// How often an instance says that it is alive.
const EVERY: Duration = Duration::from_secs(3);

/// The header of a goodbye that says which incarnation ends.
const INCARNATION: &str = "catenae.incarnation";

/// Says it in time.
pub(super) struct Heartbeat {
    announcement: Vec<u8>,
    next: Duration,
}

impl Heartbeat {
    /// What an instance with this configuration says.
    pub(super) fn new(me: &Caller, config: &Config, methods: &[Served]) -> Self {
        let names = |streams: &[(StreamName, crate::codec::Codec)]| {
            let names = streams.iter().map(|(name, _)| name.to_string());
            names.collect::<Vec<String>>()
        };
        let method = |served: &Served| AnnouncedMethod {
            name: served.spec.name.to_owned(),
            arguments: served
                .arguments
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            returned: served.returned.to_owned(),
            takes_state: served.handler.state.is_some(),
            idempotent: served.spec.idempotent,
        };
        let announcement = Announcement {
            v: VERSION,
            uid: me.uid.clone(),
            class: me.class.clone(),
            group: config.group.clone(),
            host: host(),
            incarnation: me.incarnation,
            every_ms: u64::try_from(EVERY.as_millis()).unwrap_or(u64::MAX),
            version: config.version.to_owned(),
            catenae: env!("CARGO_PKG_VERSION").to_owned(),
            inputs: names(&config.inputs),
            outputs: names(&config.outputs),
            methods: methods.iter().map(method).collect(),
        };
        Self {
            // Texts and numbers; an instance without one is not heard of, and says so.
            announcement: write(&announcement).unwrap_or_else(|why| {
                tracing::error!("this instance cannot be announced: {why}");
                Vec::new()
            }),
            next: Duration::ZERO,
        }
    }

    /// Says it when it is time; returns whether it was.
    pub(super) fn announce(&mut self, shared: &CallsShared) -> bool {
        let now = shared.now();
        let is_time = now >= self.next;
        if is_time {
            self.next = now + EVERY;
            let presence = shared.presence();
            if *presence == Presence::There {
                shared.tell(Some(&self.announcement));
            }
        }
        is_time
    }
}

impl CallsShared {
    /// Says goodbye: others ask this instance nothing any more.
    pub(super) fn withdraw(&self) {
        // Under the lock, so that no announcement comes behind it.
        let mut presence = self.presence();
        if *presence == Presence::There {
            *presence = Presence::Gone;
            self.tell(None);
        }
    }

    fn presence(&self) -> MutexGuard<'_, Presence> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says it; a goodbye has no content, so what incarnation it ends stands in a header.
    fn tell(&self, what: Option<&[u8]>) {
        let (stream, uid) = (self.streams.instances.as_str(), &self.me.uid);
        let incarnation = self.me.incarnation.to_string();
        let headers = RawHeaders::default().with(INCARNATION, &incarnation);
        // All of an instance on one partition, so that its goodbye comes last.
        let taken = self
            .producer
            .send_with(stream, None, uid, what, Some(headers));
        if let Err(undelivered) = taken {
            self.note_undelivered(undelivered);
        }
    }
}

/// The name of this machine, as far as the environment tells; for people.
fn host() -> String {
    let told = std::env::var("HOSTNAME")
        .ok()
        .filter(|name| !name.is_empty());
    told.or_else(|| {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
        Some(name.trim().to_owned())
    })
    .unwrap_or_default()
}

/// Which incarnation a goodbye ends, if it says so.
pub(super) fn incarnation(message: &FetchedRecord<'_>) -> Option<u64> {
    let headers = message.headers()?.read().ok()?;
    headers.get_str(INCARNATION)?.parse().ok()
}

/// How long ago something was written, by the clock of this machine.
pub(super) fn age(timestamp_ms: Option<i64>) -> Duration {
    let written = timestamp_ms.and_then(|ms| u64::try_from(ms).ok());
    written.map_or(Duration::ZERO, |ms| {
        since_1970().saturating_sub(Duration::from_millis(ms))
    })
}
