#!/usr/bin/env bash
# Apache Kafka for the tests, as real as it gets, on 127.0.0.1 and in a folder of its own.
#
#   kafka.sh start [--brokers N]   starts it and prints CATENAE_TEST_KAFKA=host:port, for eval
#   kafka.sh env                   prints that line again
#   kafka.sh kill [ID]             kills broker ID (1 when not given) with SIGKILL
#   kafka.sh restart [ID]          kills it like that and starts it again, on its port and its data
#   kafka.sh stop                  stops everything that `start` started, and deletes its data
#
# `start` takes the first of these that there is:
#   1. the Kafka that CATENAE_TEST_KAFKA=host:port names; it is only asked whether it answers;
#   2. Docker, when an engine answers: the official image, for one broker;
#   3. Java and Maven: the jars of pom.xml from Maven Central, KRaft in combined mode.
# CATENAE_KAFKA_STATE names the folder where all that is kept, target/kafka by default. What was
# started stands there, so that `stop` ends exactly that. CATENAE_KAFKA_WITH=docker|java chooses.
#
# With Java there is more:
#   CATENAE_KAFKA_PROXIED=port,port,…   one per broker: a second listener for clients that come through
#       a proxy. Those clients are told 127.0.0.1:port; where the proxy has to go on to stands in
#       broker-ID/proxied in the folder above.
#   CATENAE_KAFKA_SETTINGS=key=value…   one per line: settings for every broker, which win. {listeners},
#       {advertised} and {map} stand for what it would have had, so that listeners can be added to it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=${CATENAE_KAFKA_STATE:-$here/../../target/kafka}
image=apache/kafka:$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
deadline_s=240

say() { echo "kafka: $*" >&2; }
die() {
    say "$*"
    exit 1
}

need() {
    command -v "$1" >/dev/null || die "\`$1\` is not installed: run tests/scripts/install.sh"
}

# A port below those that the system gives to outgoing connections, and that nobody listens on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        if ! (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && [[ " $* " != *" $port "* ]]; then
            echo "$port"
            return
        fi
    done
}

# Whether a broker at $1, the first of a list, answers a metadata request and knows at least $2 brokers.
# The request is written by hand, so that no client has to be installed: its length, metadata in version 1,
# number 0, from nobody, about no topic. The answer has its length, the number, and how many brokers it lists.
answers() {
    local answer
    # shellcheck disable=SC2016 # the inner shell expands it
    answer=$(timeout 2 bash -c '
        exec 3<>"/dev/tcp/${0%:*}/${0##*:}" &&
            printf "\0\0\0\016\0\003\0\001\0\0\0\0\377\377\0\0\0\0" >&3 &&
            head -c 12 <&3 | od -An -v -tu1' "${1%%,*}" 2>/dev/null) || return 1
    read -ra answer <<<"$answer"
    ((${#answer[@]} == 12 && answer[11] >= $2))
}

wait_for() {
    local address=$1 brokers=$2 end=$((SECONDS + deadline_s))
    until answers "$address" "$brokers"; do
        if ((SECONDS >= end)); then
            tail -n 30 "$state"/broker-*/log >&2 2>/dev/null || true
            die "$address does not answer a metadata request within $deadline_s s"
        fi
        sleep 0.1
    done
}

print_env() { echo "CATENAE_TEST_KAFKA=$(cat "$state/address")"; }

# The settings that Docker and Java share; $1 is how many brokers keep each of Kafka's own topics.
common_settings() {
    local replicas=$1
    echo "auto.create.topics.enable=false"
    echo "group.initial.rebalance.delay.ms=100"
    echo "offsets.topic.replication.factor=$replicas"
    echo "offsets.topic.num.partitions=5"
    echo "transaction.state.log.replication.factor=$replicas"
    echo "transaction.state.log.min.isr=1"
    echo "transaction.state.log.num.partitions=5"
    echo "share.coordinator.state.topic.replication.factor=$replicas"
    echo "share.coordinator.state.topic.min.isr=1"
}

# --- Java ---------------------------------------------------------------------------------------

fetch_jars() {
    need java
    need mvn
    # In a folder of the version's own, so that a new version does not find old jars.
    jars=$here/../../target/kafka-jars/${image#*:}
    if [[ ! -e $jars/complete ]]; then
        say "fetching Apache Kafka ${image#*:} from Maven Central"
        mvn -q -B -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$(realpath -m "$jars")" >&2
        touch "$jars/complete"
    fi
}

write_settings() {
    local id=$1 port=$2 controller=$3 voters=$4 replicas=$5 folder=$state/broker-$1
    local listeners=CLIENT://127.0.0.1:$port advertised=CLIENT://127.0.0.1:$port given=() behind
    local map=CLIENT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT own=${CATENAE_KAFKA_SETTINGS:-}
    mkdir -p "$folder"
    if [[ -n ${CATENAE_KAFKA_PROXIED:-} ]]; then
        IFS=, read -ra given <<<"$CATENAE_KAFKA_PROXIED"
        behind=$(free_port "$port" "$controller" "${taken[@]}")
        taken+=("$behind")
        listeners+=,PROXIED://127.0.0.1:$behind
        advertised+=,PROXIED://127.0.0.1:${given[id - 1]:?"CATENAE_KAFKA_PROXIED has too few ports"}
        echo "127.0.0.1:$behind" >"$folder/proxied"
    fi
    listeners+=,CONTROLLER://127.0.0.1:$controller
    {
        echo "process.roles=broker,controller"
        echo "node.id=$id"
        echo "controller.quorum.voters=$voters"
        echo "listeners=$listeners"
        echo "advertised.listeners=$advertised"
        echo "listener.security.protocol.map=$map"
        echo "inter.broker.listener.name=CLIENT"
        echo "controller.listener.names=CONTROLLER"
        echo "log.dirs=$folder/data"
        common_settings "$replicas"
        # Of a key that is there twice the last one counts.
        own=${own//'{listeners}'/$listeners}
        own=${own//'{advertised}'/$advertised}
        echo "${own//'{map}'/$map}"
    } >"$folder/settings"
}

run_java() {
    local id=$1 folder=$state/broker-$1
    (
        # A session of its own: a Ctrl-C at the terminal is for the tests, not for the broker.
        exec setsid java -Xms64m -Xmx512m \
            -Dlog4j2.configurationFile="$here/log4j2.properties" \
            -cp "$jars/*" kafka.Kafka "$folder/settings"
    ) </dev/null >>"$folder/log" 2>&1 &
    echo $! >"$folder/pid"
    disown
}

start_java() {
    local brokers=$1 cluster=Y2F0ZW5hZS10ZXN0LWtmaw ports=() controllers=() voters="" id
    fetch_jars
    for ((id = 1; id <= brokers; id++)); do
        ports+=("$(free_port "${ports[@]}" "${controllers[@]}")")
        controllers+=("$(free_port "${ports[@]}" "${controllers[@]}")")
        voters+="${voters:+,}$id@127.0.0.1:${controllers[-1]}"
    done
    # Ports that are given away and not yet listened on.
    taken=("${ports[@]}" "${controllers[@]}")
    for ((id = 1; id <= brokers; id++)); do
        write_settings "$id" "${ports[id - 1]}" "${controllers[id - 1]}" "$voters" \
            "$((brokers < 3 ? 1 : 3))"
        java -Xmx128m -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$here/log4j2.properties" \
            -cp "$jars/*" kafka.tools.StorageTool format -t "$cluster" \
            -c "$state/broker-$id/settings" >"$state/broker-$id/log" 2>&1 ||
            { cat "$state/broker-$id/log" >&2 && die "the storage of broker $id cannot be formatted"; }
        run_java "$id"
    done
    (IFS=, && echo "${ports[*]/#/127.0.0.1:}") >"$state/address"
}

# Whether the process of broker $1 still is the one that was started: pids come round again.
runs_java() {
    local pid
    pid=$(cat "$state/broker-$1/pid" 2>/dev/null) &&
        { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF "$state/broker-$1/settings"
}

signal_java() {
    if runs_java "$1"; then
        kill "-$2" "$(cat "$state/broker-$1/pid")" 2>/dev/null || true
    fi
}

await_end_java() {
    local end=$((SECONDS + $2))
    while runs_java "$1" && ((SECONDS < end)); do sleep 0.05; done
    ! runs_java "$1"
}

# --- Docker -------------------------------------------------------------------------------------

start_docker() {
    local port name
    port=$(free_port)
    name=catenae-test-kafka-$port
    local settings=()
    while IFS='=' read -r key value; do
        key=${key//./_}
        settings+=(-e "KAFKA_${key^^}=$value")
    done < <(
        echo "process.roles=broker,controller"
        echo "node.id=1"
        echo "controller.quorum.voters=1@localhost:9093"
        echo "listeners=CLIENT://:$port,CONTROLLER://:9093"
        echo "advertised.listeners=CLIENT://127.0.0.1:$port"
        echo "listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT"
        echo "inter.broker.listener.name=CLIENT"
        echo "controller.listener.names=CONTROLLER"
        common_settings 1
    )
    echo "$name" >"$state/container"
    docker run -d --name "$name" -p "127.0.0.1:$port:$port" "${settings[@]}" "$image" >&2
    echo "127.0.0.1:$port" >"$state/address"
}

# --- Commands -----------------------------------------------------------------------------------

how_to_start() {
    if [[ -n ${CATENAE_KAFKA_WITH:-} ]]; then
        echo "$CATENAE_KAFKA_WITH"
    elif [[ $1 -eq 1 ]] && command -v docker >/dev/null && docker info >/dev/null 2>&1; then
        echo docker
    else
        echo java
    fi
}

start() {
    local brokers=1 with
    if [[ ${1:-} == --brokers ]]; then brokers=${2:?"--brokers wants a number"}; fi
    if [[ -n ${CATENAE_TEST_KAFKA:-} ]]; then
        answers "$CATENAE_TEST_KAFKA" "$brokers" ||
            die "CATENAE_TEST_KAFKA=$CATENAE_TEST_KAFKA does not answer with $brokers broker(s)"
        say "using the one at $CATENAE_TEST_KAFKA"
        echo "CATENAE_TEST_KAFKA=$CATENAE_TEST_KAFKA"
        return
    fi
    [[ ! -e $state ]] || die "one was started before ($state): stop it first"
    mkdir -p "$state"
    state=$(realpath "$state")
    trap 'stop' ERR EXIT
    with=$(how_to_start "$brokers")
    echo "$with" >"$state/with"
    case $with in
    docker) start_docker ;;
    java) start_java "$brokers" ;;
    *) die "CATENAE_KAFKA_WITH is \`$with\`: write docker or java" ;;
    esac
    wait_for "$(cat "$state/address")" "$brokers"
    trap - ERR EXIT
    say "Apache Kafka ${image#*:} runs on $with, $brokers broker(s), after $SECONDS s"
    print_env
}

stop() {
    trap - ERR EXIT
    [[ -d $state ]] || return 0
    state=$(realpath "$state")
    if [[ -e $state/container ]]; then
        docker rm -f "$(cat "$state/container")" >/dev/null || true
    fi
    local folder id
    for folder in "$state"/broker-*/; do
        id=$(basename "$folder")
        signal_java "${id#broker-}" TERM
    done
    for folder in "$state"/broker-*/; do
        id=$(basename "$folder")
        await_end_java "${id#broker-}" 15 || signal_java "${id#broker-}" KILL
        await_end_java "${id#broker-}" 5 || say "broker ${id#broker-} does not end"
    done
    rm -rf "$state"
}

started() {
    [[ -e $state/with && -e $state/address ]] || die "none was started by this script"
    state=$(realpath "$state")
}

kill_broker() {
    local id=${1:-1}
    if [[ -e $state/container ]]; then
        docker kill -s KILL "$(cat "$state/container")" >/dev/null 2>&1 || true
    else
        [[ -d $state/broker-$id ]] || die "there is no broker $id"
        signal_java "$id" KILL
        await_end_java "$id" 10 || die "broker $id does not end"
    fi
}

restart() {
    local id=${1:-1}
    kill_broker "$id"
    if [[ -e $state/container ]]; then
        docker start "$(cat "$state/container")" >/dev/null
    else
        fetch_jars
        run_java "$id"
    fi
    wait_for "$(cut -d, -f"$id" "$state/address")" 1
    say "broker $id runs again after $SECONDS s"
}

case ${1:-} in
start) start "${@:2}" ;;
env) started && print_env ;;
kill) started && kill_broker "${2:-1}" ;;
restart) started && restart "${2:-1}" ;;
stop) stop ;;
*) die "usage: kafka.sh start [--brokers N] | env | kill [ID] | restart [ID] | stop" ;;
esac
