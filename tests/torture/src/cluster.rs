//! Apache Kafka for a run, by `tests/kafka/kafka.sh`: brokers to kill, behind proxies.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use tokio::runtime::{Handle, Runtime};

use crate::proxy::Proxy;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../kafka/kafka.sh");

/// Brokers with a proxy before each; they end when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    script: Script,
    direct: String,
    proxies: Vec<Proxy>,
    // Drives the proxies; dropped last.
    _runtime: Runtime,
}

/// The script and the folder that it keeps its state in.
#[derive(Clone, Debug)]
pub struct Script {
    state: PathBuf,
}

impl Cluster {
    /// Starts that many brokers. What a run that was killed has left in `state` is stopped first.
    ///
    /// # Errors
    /// When they do not start; the script says why.
    pub fn start(brokers: usize, state: &Path) -> io::Result<Self> {
        let runtime = Runtime::new()?;
        let proxies: Vec<Proxy> = (0..brokers)
            .map(|_| Proxy::start(runtime.handle()))
            .collect::<io::Result<_>>()?;
        let ports: Vec<String> = proxies
            .iter()
            .map(|proxy| proxy.port().to_string())
            .collect();
        let state = state.to_owned();
        let script = Script { state };
        script.run(&["stop"], &[])?;
        let settings = [
            // Members that die are to be noticed within seconds.
            "group.min.session.timeout.ms=500",
            // A killed broker is let in again when its old session is over. A busy machine lets a shorter one be
            // missed: then partitions have no leader, and nothing is proven.
            "broker.session.timeout.ms=6000",
            "broker.heartbeat.interval.ms=500",
            // What one broker has acknowledged survives it.
            "min.insync.replicas=2",
            "replica.lag.time.max.ms=5000",
            // A transaction that nobody ends blocks its readers no longer than this.
            "transaction.abort.timed.out.transaction.cleanup.interval.ms=500",
        ];
        let mut settings = settings.join("\n");
        if brokers < 3 {
            settings = settings.replace("replicas=2", "replicas=1");
        }
        let given = [
            ("CATENAE_KAFKA_PROXIED", ports.join(",")),
            ("CATENAE_KAFKA_SETTINGS", settings),
        ];
        let printed = script.run(&["start", "--brokers", &brokers.to_string()], &given)?;
        let direct = printed.trim().trim_start_matches("CATENAE_TEST_KAFKA=");
        let cluster = Self {
            direct: direct.to_owned(),
            script,
            proxies,
            _runtime: runtime,
        };
        for (index, proxy) in cluster.proxies.iter().enumerate() {
            let folder = cluster.script.state.join(format!("broker-{}", index + 1));
            let target = fs::read_to_string(folder.join("proxied"))?;
            let target: SocketAddr = target.trim().parse().map_err(io::Error::other)?;
            proxy.lead_to(target);
        }
        Ok(cluster)
    }

    /// The brokers themselves: for the generator, the watch and the reader.
    #[must_use]
    pub fn direct(&self) -> &str {
        &self.direct
    }

    /// The brokers through their proxies: for the links.
    #[must_use]
    pub fn proxied(&self) -> String {
        let ports = self.proxies.iter().map(Proxy::port);
        let addresses: Vec<String> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
        addresses.join(",")
    }

    /// How many brokers there are.
    #[must_use]
    pub fn brokers(&self) -> usize {
        self.proxies.len()
    }

    /// The proxies, in the order of the brokers.
    #[must_use]
    pub fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// The script, for another thread.
    #[must_use]
    pub fn script(&self) -> Script {
        self.script.clone()
    }

    /// The runtime that the proxies run on.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        self._runtime.handle()
    }
}

impl Script {
    /// Kills a broker; they are counted from 1.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&self, id: usize) -> io::Result<()> {
        self.run(&["kill", &id.to_string()], &[]).map(drop)
    }

    /// Starts a broker that was killed, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn restart(&self, id: usize) -> io::Result<()> {
        self.run(&["restart", &id.to_string()], &[]).map(drop)
    }

    fn run(&self, order: &[&str], given: &[(&str, String)]) -> io::Result<String> {
        let output = Command::new(SCRIPT)
            .args(order)
            .env("CATENAE_KAFKA_STATE", &self.state)
            .env("CATENAE_KAFKA_WITH", "java")
            .env_remove("CATENAE_TEST_KAFKA")
            .envs(given.iter().map(|(name, value)| (*name, value.as_str())))
            .stderr(Stdio::piped())
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(io::Error::other(format!(
            "kafka.sh {}: {why}",
            order.join(" ")
        )))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.script.run(&["stop"], &[]) {
            eprintln!("{error}");
        }
    }
}
