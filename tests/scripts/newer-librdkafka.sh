#!/usr/bin/env bash
# Runs a command so that the feature `dynamic-linking` finds a newer librdkafka than the bundled one: that of
# Confluent's Python wheel, which stands on libc alone. Distributions have older ones.
#
#   newer-librdkafka.sh cargo test -p catenae --features dynamic-linking --target-dir target/newer
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

wheel=2.16.1    # of `confluent-kafka`
contains=2.16.0 # as its librdkafka calls itself
folder=$PWD/target/librdkafka-$wheel

if [[ ! -e $folder/pkgconfig/rdkafka.pc ]]; then
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --python-version 3.11 --platform "manylinux_2_28_$(uname -m)" --dest "$fresh" "confluent-kafka==$wheel"
    python3 -m zipfile -e "$fresh"/*.whl "$fresh/unpacked"
    mkdir -p "$folder/pkgconfig"
    library=$(basename "$fresh"/unpacked/confluent_kafka.libs/librdkafka-*.so.1)
    cp "$fresh/unpacked/confluent_kafka.libs/$library" "$folder/"
    ln -sf "$library" "$folder/librdkafka.so"
    printf '%s\n' "Name: librdkafka" "Description: the C client of Kafka" "Version: $contains" \
        "Libs: -L$folder -lrdkafka" >"$folder/pkgconfig/rdkafka.pc"
fi
export PKG_CONFIG_PATH=$folder/pkgconfig LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
"$@"
