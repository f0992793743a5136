#!/usr/bin/env bash
# The same pipe in Catenae and in five peers, side by side on one Kafka; prints one table.
#
#   run.sh [--records N] [--rounds N] [--warm-up N] [--limit SECONDS] [--only PEER,…] [--json FILE]
#
# Needs Rust, Python 3.11 or newer with venv, Java 17 and Maven; a peer that cannot be installed is named in
# the table with the reason. Everything that is installed, built or written lies below target/peers. The Kafka is
# the one that CATENAE_TEST_KAFKA=host:port names, or one that tests/kafka/kafka.sh starts and this script stops.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/target/peers
export CATENAE_KAFKA_STATE=${CATENAE_KAFKA_STATE:-$out/kafka}
# No compiled Python in the tree.
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$out/logs"

say() { echo "peers: $*" >&2; }

python_peer() {
    local venv=$out/venv/$1 wanted=$here/$1/requirements.txt
    if ! cmp -s "$wanted" "$venv/installed.txt"; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        nice -n 10 "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
        cp "$wanted" "$venv/installed.txt"
    fi
}

catenae() {
    nice -n 10 cargo build --release --locked --manifest-path "$root/Cargo.toml" \
        --target-dir "$root/target" -p catenae-benches --bin bench-pipe
}

ruststream() {
    nice -n 10 cargo build --release --locked --manifest-path "$here/ruststream/Cargo.toml" \
        --target-dir "$out/ruststream"
}

kafka_streams() {
    local folder=$here/kafka-streams
    if ! cmp -s "$folder/pom.xml" "$out/kafka-streams/pom.xml"; then
        rm -rf "$out/kafka-streams"
        nice -n 10 mvn -q -B -Dstyle.color=never -f "$folder/pom.xml" dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$out/kafka-streams/jars"
        cp "$folder/pom.xml" "$out/kafka-streams/pom.xml"
    fi
    javac -d "$out/kafka-streams/classes" -cp "$out/kafka-streams/jars/*" "$folder"/src/main/java/peers/*.java
}

# Installs or builds one peer by the rest of the arguments. What went wrong becomes the reason in the table.
prepare() {
    local peer=$1
    rm -f "$out/$peer.reason"
    say "preparing $peer"
    # In a shell of its own: the first command that fails ends it, which it would not behind `if`.
    set +e
    (set -e && "${@:2}") >"$out/logs/$peer-build" 2>&1
    local status=$?
    set -e
    if ((status != 0)); then
        say "$peer cannot be built, see $out/logs/$peer-build"
        grep -v '^[[:space:]]*$' "$out/logs/$peer-build" | tail -n 1 >"$out/$peer.reason" || true
    fi
}

python_peer driver
prepare catenae catenae
prepare ruststream ruststream
prepare faststream python_peer faststream
prepare quixstreams python_peer quixstreams
prepare faust python_peer faust
prepare kafka-streams kafka_streams

driver=""
finish() {
    local status=$?
    trap - EXIT
    if [[ -n $driver ]] && kill -TERM "$driver" 2>/dev/null; then
        # It ends the peer that runs.
        wait "$driver" || true
    fi
    if [[ -n ${started:-} ]]; then "$root/tests/kafka/kafka.sh" stop || status=1; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [[ -z ${CATENAE_TEST_KAFKA:-} ]]; then
    started=yes
    kafka=$("$root/tests/kafka/kafka.sh" start)
    export "${kafka?}"
fi
# In the background, because a signal reaches this script only while it waits.
"$out/venv/driver/bin/python" "$here/driver/drive.py" --broker "$CATENAE_TEST_KAFKA" --root "$root" "$@" &
driver=$!
wait "$driver" && status=0 || status=$?
driver=""
exit "$status"
