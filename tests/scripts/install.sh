#!/usr/bin/env bash
# Installs what the build and the tests need beside Rust, on Debian or Ubuntu; what is there already
# is left alone. Elsewhere it says what is missing.
set -euo pipefail

# command:package
needed=(
    cc:gcc                        # compiles librdkafka
    make:make                     # the same
    kcat:kcat                     # the foreign Kafka client of the tests
    docker-compose:docker-compose # reads the Compose files; needs no engine
    java:openjdk-17-jre-headless  # runs Apache Kafka
    mvn:maven                     # fetches it
)

missing=()
for entry in "${needed[@]}"; do
    command -v "${entry%%:*}" >/dev/null || missing+=("${entry#*:}")
done
# For the feature `tls`, which is compiled once.
[[ -e /usr/include/openssl/ssl.h ]] || missing+=(libssl-dev)
# Compose may be a plugin of `docker` as well.
if docker compose version >/dev/null 2>&1; then
    missing=("${missing[@]/#docker-compose/}")
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
