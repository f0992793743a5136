"""Runs the peers in turn on the same records, and prints what each cost as one table."""

import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import time
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from peers import all_peers
from process import Ended, Running
from records import PARTITIONS, produce, read

# Between two looks at the output.
LOOK = 0.02
# For the commits behind the last output, and for the end of a peer.
GRACE = 30


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--broker", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--root", required=True, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--records", type=int, default=1_000_000, help="that count, per run")
    parser.add_argument("--warm-up", type=int, help="records before those that count; a tenth of them")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each peer")
    parser.add_argument("--limit", type=int, default=900, help="seconds that a run may take")
    parser.add_argument("--only", help="names of peers, with commas in between")
    parser.add_argument("--json", type=Path, help="a file for what was measured in every run")
    args = parser.parse_args()
    if args.warm_up is None:
        args.warm_up = args.records // 10
    return args


class Kafka:
    """What the driver asks of Kafka."""

    def __init__(self, broker):
        self.broker = broker
        self.admin = AdminClient({"bootstrap.servers": broker})
        # Joins no group: it only asks where streams end.
        self.looker = Consumer(
            # It would tell of every stream that is deleted.
            {"bootstrap.servers": broker, "group.id": "peers-looks", "log_level": 4}
        )

    def create(self, topic):
        """Makes a stream, and waits until every partition answers."""
        new = NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1)
        self.admin.create_topics([new])[topic].result()
        deadline = time.monotonic() + GRACE
        while True:
            try:
                # Looks at the stream again: what the client knows of streams may be older than this one.
                self.looker.list_topics(topic, timeout=10)
                self.ends(topic)
                return
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK)

    def delete_all(self, topics):
        """Deletes streams; one that is not there any more is no error."""
        for future in self.admin.delete_topics(list(topics)).values():
            future.exception()

    def ends(self, topic):
        """How many records each partition has."""
        partitions = [TopicPartition(topic, n) for n in range(PARTITIONS)]
        return [self.looker.get_watermark_offsets(each, timeout=10)[1] for each in partitions]

    def committed(self, group, topic):
        """How many records of each partition a group has committed."""
        consumer = Consumer({"bootstrap.servers": self.broker, "group.id": group})
        try:
            asked = [TopicPartition(topic, n) for n in range(PARTITIONS)]
            return [max(0, found.offset) for found in consumer.committed(asked, timeout=10)]
        finally:
            consumer.close()


def wait_until(condition, running, seconds, pause):
    """Waits for a condition; says whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        running.must_run()
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def measure(kafka, running, run, warm_up, limit):
    """Looks at the output until it is complete. What counts begins with the last look at which at most the
    records of the warm-up were there."""
    inputs = kafka.ends(run["INPUT"])
    total = sum(inputs)
    looks = []

    def complete():
        look = (sum(kafka.ends(run["OUTPUT"])), time.monotonic(), running.processor())
        if not looks or look[0] <= warm_up:
            looks[:] = [look]
        elif look[0] >= total:
            looks.append(look)
        return look[0] >= total

    if not wait_until(complete, running, limit, LOOK):
        count = sum(kafka.ends(run["OUTPUT"]))
        raise Ended(f"{count} of {total} outputs after {limit} s")
    (from_count, from_time, from_cpu), (to_count, to_time, to_cpu) = looks[0], looks[-1]
    records = to_count - from_count
    is_committed = wait_until(
        lambda: kafka.committed(run["GROUP"], run["INPUT"]) == inputs, running, GRACE, 0.2
    )
    return {
        "microseconds": (to_cpu - from_cpu) * 1e6 / records,
        "start_up_seconds": from_cpu,
        "rate": records / (to_time - from_time),
        "peak_mib": running.peak_memory(),
        "committed": is_committed,
    }


def one_run(kafka, peer, round_number, source, args):
    """One peer drains the stream into one of its own, which then is read back."""
    name = f"peers-{os.getpid()}-{peer.name}-{round_number}"
    out = args.root / "target/peers"
    state = out / "state" / name
    run = {
        "BROKER": kafka.broker,
        "GROUP": name,
        "INPUT": source,
        "OUTPUT": f"{name}-out",
        "STATE": str(state),
    }
    state.mkdir(parents=True)
    try:
        kafka.create(run["OUTPUT"])
        log = out / "logs" / f"{peer.name}-{round_number}"
        with Running(peer.command(run), run, log) as running:
            result = measure(kafka, running, run, args.warm_up // peer.share, args.limit)
            if not running.stop(GRACE):
                print(f"peers: {peer.title} does not end on SIGTERM", file=sys.stderr)
        check = read(kafka.broker, run["OUTPUT"], kafka.ends(run["OUTPUT"]), sum(kafka.ends(source)))
        found = ("repeated", "disordered", "changed")
        return result | {"lost": check.lost()} | {key: getattr(check, key) for key in found}
    finally:
        kafka.delete_all([run["OUTPUT"]])
        shutil.rmtree(state)


def spread(runs, key, form):
    """The median, and the least and the largest when there are several."""
    values = [run[key] for run in runs]
    middle = form.format(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({form.format(min(values))} to {form.format(max(values))})"


def row(peer, runs, failures, reason):
    """One line of the table."""
    part = f", one in {peer.share} of the records" if peer.share > 1 else ""
    cells = [peer.title + part, peer.version]
    if reason:
        return cells + ["", "", "", "", f"not run: {reason}"]
    if not runs:
        return cells + ["", "", "", "", f"no result: {failures[-1]}"]
    disordered = sum(run["disordered"] for run in runs)
    said = []
    for key in ("lost", "repeated", "changed"):
        count = sum(run[key] for run in runs)
        if count:
            said.append(f"{count} {key}")
    said = said or ["nothing"]
    if not all(run["committed"] for run in runs):
        said.append(f"not all committed {GRACE} s after the last output")
    if failures:
        said.append(f"{len(failures)} runs without result: {failures[-1]}")
    return cells + [
        spread(runs, "microseconds", "{:.2f}"),
        spread(runs, "rate", "{:,.0f}"),
        spread(runs, "peak_mib", "{:.0f}"),
        f"no, {disordered} times" if disordered else "yes",
        "; ".join(said),
    ]


def print_table(rows):
    """The table, in the form of the README."""
    head = ["peer", "version", "processor, µs per record", "records/s", "peak memory, MiB"]
    head += ["order kept", "lost or repeated"]
    for cells in [head, ["---"] * len(head), *rows]:
        print("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")


def main():
    """Everything, round by round: each round has records of its own, and every second goes backwards."""
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    peers = all_peers(args.root)
    if args.only:
        peers = [peer for peer in peers if peer.name in args.only.split(",")]
    reasons = {}
    for peer in peers:
        reason = args.root / "target/peers" / f"{peer.name}.reason"
        if reason.exists():
            reasons[peer.name] = reason.read_text().strip() or "it cannot be built"
    runs = {peer.name: [] for peer in peers}
    failures = {peer.name: [] for peer in peers}
    kafka = Kafka(args.broker)
    there = [peer for peer in peers if peer.name not in reasons]
    shares = sorted({peer.share for peer in there})
    for number in range(args.rounds):
        sources = {share: f"peers-{os.getpid()}-in-{number}-{share}" for share in shares}
        try:
            for share, source in sources.items():
                kafka.create(source)
                produce(args.broker, source, (args.records + args.warm_up) // share)
            for peer in there if number % 2 == 0 else reversed(there):
                print(f"peers: round {number + 1}, {peer.title}", file=sys.stderr)
                try:
                    runs[peer.name].append(one_run(kafka, peer, number, sources[peer.share], args))
                except Ended as why:
                    print(f"peers: {peer.title}: {why}", file=sys.stderr)
                    failures[peer.name].append(str(why))
        finally:
            kafka.delete_all(sources.values())
    print_table([row(p, runs[p.name], failures[p.name], reasons.get(p.name)) for p in peers])
    if args.json:
        args.json.write_text(json.dumps({"runs": runs, "failures": failures | reasons}, indent=1) + "\n")
    wrong = [run for run in runs.get("catenae", []) if run["lost"] or run["repeated"] or run["changed"]]
    is_missing = any(peer.name == "catenae" for peer in peers) and not runs.get("catenae")
    sys.exit(1 if wrong or failures.get("catenae") or is_missing else 0)


if __name__ == "__main__":
    main()
