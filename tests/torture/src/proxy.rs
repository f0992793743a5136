//! A TCP proxy before each broker, for clients only: what passes can be delayed, held, cut.

mod pump;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;

use self::pump::pump;

/// What a proxy does to what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toxic {
    /// Nothing.
    Clean,
    /// Everything comes so much later.
    Latency(Duration),
    /// Nothing passes; what came is passed on when this is over.
    Hole,
    /// Connections are reset, those that are open and those that are made.
    Reset,
    /// So many bytes per second and connection.
    Slow {
        /// The limit.
        bytes_per_second: u64,
    },
    /// Every connection is reset after so many bytes more.
    Cut {
        /// The bytes, in one direction.
        after: u64,
    },
}

/// One proxy; it listens until the runtime it was started on ends.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    toxic: watch::Sender<Toxic>,
    target: watch::Sender<Option<SocketAddr>>,
}

impl Proxy {
    /// Starts to listen on a port of its own. Until it has a target it closes what comes.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(runtime: &Handle) -> io::Result<Self> {
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let port = listener.local_addr()?.port();
        let toxic = watch::Sender::new(Toxic::Clean);
        let target = watch::Sender::new(None);
        runtime.spawn(listen(listener, toxic.clone(), target.clone()));
        Ok(Self {
            port,
            toxic,
            target,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where new connections go on to.
    pub fn lead_to(&self, target: SocketAddr) {
        self.target.send_replace(Some(target));
    }

    /// From now on.
    pub fn poison(&self, toxic: Toxic) {
        self.toxic.send_replace(toxic);
    }
}

async fn listen(
    listener: TcpListener,
    toxic: watch::Sender<Toxic>,
    target: watch::Sender<Option<SocketAddr>>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let toxic = toxic.subscribe();
        let target = *target.borrow();
        let Some(target) = target else { continue };
        tokio::spawn(async move {
            // A broker that is down refuses; so does the proxy, by closing.
            let _ = relay(client, target, toxic).await;
        });
    }
}

/// Joins two connections until one of them ends.
async fn relay(
    client: TcpStream,
    target: SocketAddr,
    toxic: watch::Receiver<Toxic>,
) -> io::Result<()> {
    let broker = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    let (client, broker) = (Arc::new(client), Arc::new(broker));
    let there = pump(Arc::clone(&client), Arc::clone(&broker), toxic.clone());
    let back = pump(Arc::clone(&broker), Arc::clone(&client), toxic);
    let reset = tokio::select! {
        end = there => end,
        end = back => end,
    };
    if reset.is_err() {
        // Dropped with no time to linger, a connection is reset.
        let _ = client.set_zero_linger();
        let _ = broker.set_zero_linger();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
