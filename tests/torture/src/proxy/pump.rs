//! One direction of one connection, through whatever the proxy does at the time.

use std::future::pending;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Toxic;

/// Read at once; much, so that a connection that is only late is not slow as well.
const CHUNK: usize = 256 << 10;
/// The same for a slow one, so that it is slow and not jerky.
const SLOW_CHUNK: usize = 4 << 10;

/// Passes bytes on until `from` ends; an error means that the connection is to be reset.
pub(super) async fn pump(
    from: Arc<TcpStream>,
    to: Arc<TcpStream>,
    mut toxic: watch::Receiver<Toxic>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    // Since the present toxic began.
    let mut passed = 0;
    loop {
        let limit = match *toxic.borrow() {
            Toxic::Slow { .. } => SLOW_CHUNK,
            _ => CHUNK,
        };
        let count = tokio::select! {
            count = read(&from, &mut buffer[..limit]) => count?,
            () = is_reset(&mut toxic) => return Err(ErrorKind::ConnectionReset.into()),
        };
        if count == 0 {
            return Ok(());
        }
        if toxic.has_changed().unwrap_or(false) {
            passed = 0;
        }
        let now = *toxic.borrow_and_update();
        match now {
            Toxic::Clean => write(&to, &buffer[..count]).await?,
            Toxic::Latency(time) => {
                sleep_until(Instant::now() + time).await;
                write(&to, &buffer[..count]).await?;
            }
            Toxic::Hole => {
                over(&mut toxic, now).await;
                passed = 0;
                write(&to, &buffer[..count]).await?;
            }
            Toxic::Reset => return Err(ErrorKind::ConnectionReset.into()),
            Toxic::Slow { bytes_per_second } => {
                let time = Duration::from_millis(count as u64 * 1000 / bytes_per_second.max(1));
                tokio::select! {
                    () = sleep_until(Instant::now() + time) => {}
                    () = over(&mut toxic, now) => passed = 0,
                }
                write(&to, &buffer[..count]).await?;
            }
            Toxic::Cut { after } => {
                let left = usize::try_from(after.saturating_sub(passed)).unwrap_or(usize::MAX);
                write(&to, &buffer[..count.min(left)]).await?;
                if count >= left {
                    return Err(ErrorKind::ConnectionReset.into());
                }
            }
        }
        passed += count as u64;
    }
}

/// Until the proxy does something else.
async fn over(toxic: &mut watch::Receiver<Toxic>, now: Toxic) {
    if toxic.wait_for(|toxic| *toxic != now).await.is_err() {
        pending::<()>().await;
    }
}

/// Until the proxy resets its connections.
async fn is_reset(toxic: &mut watch::Receiver<Toxic>) {
    let mut toxic = toxic.clone();
    if toxic
        .wait_for(|toxic| *toxic == Toxic::Reset)
        .await
        .is_err()
    {
        pending::<()>().await;
    }
}

async fn read(from: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        from.readable().await?;
        match from.try_read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
}

async fn write(to: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
