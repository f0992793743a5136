#!/usr/bin/env bash
# Runs a command as on a machine that has what the README asks for and nothing else: Rust, a C compiler,
# `make`, and what every system has anyway. Such a PATH is made, and checked, from what is installed here.
#
#   bare.sh cargo test --workspace
set -euo pipefail

# What the build, the lints and the suite may run. A Rust without rustup has no `rustup`, and so on: that is no failure.
rust=(cargo rustc rustdoc rustup cargo-clippy clippy-driver)
compiler=(cc gcc c++ g++ clang as ld ld.bfd ld.gold ld.lld ar ranlib nm strip objcopy objdump make)
system=(
    sh bash env awk mawk gawk sed grep egrep fgrep find xargs cmp diff
    basename cat chmod chown comm cp cut date dd dirname du echo expr false head hostname id install ln ls
    mkdir mkfifo mktemp mv nproc od printf pwd readlink realpath rm rmdir seq sleep sort stat stty tail tee
    test timeout touch tr true tty uname uniq wc which yes
)
# Clients, engines, runtimes, languages and builders that somebody's machine has and another's has not.
foreign=(
    kcat kafkacat kafka-topics.sh rpk java javac mvn gradle
    docker docker-compose podman nerdctl containerd kubectl
    python python3 perl ruby node npm php go
    pkg-config pkgconf cmake ninja meson autoconf libtool m4
    curl wget git nc ncat socat openssl jq ps kill pgrep pkill killall setsid lsof
)

die() {
    echo "bare: $*" >&2
    exit 1
}

(($#)) || die "usage: bare.sh COMMAND [ARGUMENT]…"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for name in "${rust[@]}" "${compiler[@]}" "${system[@]}"; do
    # Only what is a file: `echo` and its like are words of the shell as well.
    if path=$(type -P "$name"); then ln -s "$path" "$folder/$name"; fi
done
for name in cargo rustc rustdoc cc make bash; do
    [[ -e $folder/$name ]] || die "\`$name\` is not installed"
done

# rustup puts these before the PATH that it is given.
searched=$folder
if [[ -e $folder/rustup ]]; then
    searched+=:${CARGO_HOME:-$HOME/.cargo}/bin:$(dirname "$(rustup which cargo)")
fi
for name in "${foreign[@]}"; do
    if found=$(PATH=$searched type -P "$name"); then die "\`$name\` would be found, at $found"; fi
done

# What says where a foreign thing is hides it no better than its name does.
for name in ${!JAVA_*} ${!DOCKER_*} ${!PYTHON*} ${!PKG_CONFIG*} ${!CMAKE*} CATENAE_TEST_KAFKA; do
    unset "$name"
done

echo "bare: $(find "$folder" -type l | wc -l) programs, none of ${foreign[*]}"
PATH=$folder "$@"
