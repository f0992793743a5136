#!/usr/bin/env bash
# The short form of the proof, for continuous integration: some minutes on two cores, with a debug
# build. Two seeds are fixed, one is drawn and printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

torture() {
    printf '+ torture %s\n' "$*"
    cargo run --quiet --locked -p catenae-torture -- "$@"
}

torture --seed 11 --kills 15
torture --mode sync --faults kill,term,scale --kills 8
