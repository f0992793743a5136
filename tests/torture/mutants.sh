#!/usr/bin/env bash
# Builds the engine with its mutants, in a target folder of their own, and runs each under what must
# catch it; fails when one survives. Arguments go to the command: names of mutants, for example.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export CARGO_TARGET_DIR=$PWD/target/mutants
export RUSTFLAGS="${RUSTFLAGS:-} --cfg catenae_mutant"
exec cargo run --quiet --locked -p catenae-torture -- mutants "$@"
