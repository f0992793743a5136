#!/usr/bin/env bash
# Installs on Debian or Ubuntu what is needed beside Rust; what is there already is left alone. Elsewhere it
# says what is missing.
#
#   install.sh build    for the build and `cargo test --workspace`
#   install.sh          for everything that .ci/run runs
set -euo pipefail

# command:package
needed=(
    cc:gcc    # compiles librdkafka
    make:make # the same
)
if [[ ${1:-} != build ]]; then
    needed+=(
        kcat:kcat                     # a foreign Kafka client
        docker-compose:docker-compose # reads the Compose files; needs no engine
        java:openjdk-17-jre-headless  # runs Apache Kafka
        mvn:maven                     # fetches it
        kill:procps                   # the proof sends signals with it
        pip3:python3-pip              # fetches a newer librdkafka
        pkg-config:pkg-config         # finds it
    )
fi

missing=()
for entry in "${needed[@]}"; do
    # Only what is a file: `kill` is a word of the shell as well.
    type -P "${entry%%:*}" >/dev/null || missing+=("${entry#*:}")
done
if [[ ${1:-} != build ]]; then
    # For the feature `tls`, which is compiled once.
    [[ -e /usr/include/openssl/ssl.h ]] || missing+=(libssl-dev)
    # Compose may be a plugin of `docker` as well.
    if docker compose version >/dev/null 2>&1; then
        missing=("${missing[@]/#docker-compose/}")
    fi
fi
read -ra missing <<<"${missing[*]:-}"

if ((${#missing[@]} == 0)); then
    echo "install: everything is there"
    exit 0
fi
echo "install: missing: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "install: this is not Debian; install them by hand" >&2
    exit 1
fi
as_root=()
if ((EUID != 0)); then as_root=(sudo); fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -qy --no-install-recommends "${missing[@]}"
