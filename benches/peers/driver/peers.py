"""The peers: where each one's version stands, and how it is started."""

import re


class Peer:
    """One row of the table. It drains one in `share` of the records, so that a slow one takes minutes, not hours."""

    def __init__(self, name, title, version, command, share=1):
        self.name, self.title = name, title
        self.version, self.command = version, command
        self.share = share


def _find(path, pattern):
    return re.search(pattern, path.read_text(), re.MULTILINE).group(1)


def all_peers(root):
    """Every peer. A command is a function of what differs from run to run."""
    here, out = root / "benches/peers", root / "target/peers"
    jars = f"{out}/kafka-streams/classes:{out}/kafka-streams/jars/*"

    def python(name):
        return lambda _: [f"{out}/venv/{name}/bin/python", f"{here}/{name}/pipe.py"]

    def pinned(name, package):
        return _find(here / name / "requirements.txt", rf"^{package}==(\S+)$")

    return [
        Peer(
            "catenae",
            "Catenae",
            _find(root / "Cargo.toml", r'^version = "(.*)"'),
            lambda run: [
                f"{root}/target/release/bench-pipe",
                *("-k", run["BROKER"], "-g", run["GROUP"]),
                *("-i", run["INPUT"], "-o", run["OUTPUT"]),
            ],
        ),
        Peer(
            "ruststream",
            "RustStream",
            _find(here / "ruststream/Cargo.toml", r'^ruststream = .*"=([\d.]+)"'),
            lambda _: [f"{out}/ruststream/release/peer-ruststream", "run"],
        ),
        Peer("faststream", "FastStream", pinned("faststream", "faststream"), python("faststream")),
        Peer("quixstreams", "Quix Streams", pinned("quixstreams", "quixstreams"), python("quixstreams")),
        Peer("faust", "Faust", pinned("faust", "faust-streaming"), python("faust"), share=10),
        Peer(
            "kafka-streams",
            "Kafka Streams",
            _find(here / "kafka-streams/pom.xml", r"<artifactId>kafka-streams</artifactId>\s*<version>(.*)</"),
            lambda _: ["java", "-Xmx512m", "-cp", jars, "peers.Pipe"],
        ),
    ]
