#!/bin/sh
# The product against the bare pipe (bare_pipe.cc), one after the other on the same disk:
#
#   bench/compare.sh [SECONDS] [BUILD_DIR]
#
# Prints events a second, latencies and CPU per thread of each, then the ratio. A new directory
# below the working directory holds both logs; it goes at the end.
set -eu

seconds=${1:-10}
build=${2:-build/bench}
directory=$(mktemp -d ./compare.XXXXXX)
server=

stop() {
    [ -z "$server" ] && return
    kill "$server" && wait "$server" || true
    server=
}
trap 'stop; rm -rf "$directory"' EXIT
trap 'exit 1' INT TERM

# Waits until the file holds the text.
await() {
    for _ in $(seq 100); do
        grep -q "$2" "$1" && return
        sleep 0.1
    done
    echo "no '$2' in $1:" >&2
    cat "$1" >&2
    exit 1
}

measure() {
    name=$1 url=$2 key=$3
    echo "== $name"
    "$build/bench/ingest_load" "$url" "$key" mixed "$seconds" 0 "$server" | tee "$directory/$name"
    stop
}

rate() {
    awk '/^events\/s/ {print $2}' "$directory/$1"
}

"$build/bench/bare_pipe" 8098 "$directory/bare.log" >"$directory/bare.out" &
server=$!
await "$directory/bare.out" ready
measure bare-pipe http://127.0.0.1:8098 -
rm "$directory/bare.log"

"$build/src/cli/throughline" serve --data "$directory/data" --listen 127.0.0.1:8097 \
    >"$directory/serve.out" 2>"$directory/serve.log" &
server=$!
await "$directory/serve.out" "is ready"
await "$directory/data/first-login" "write key"
measure product http://127.0.0.1:8097 "$(grep -o 'wk_[A-Za-z0-9_-]*' "$directory/data/first-login")"

awk -v product="$(rate product)" -v bare="$(rate bare-pipe)" \
    'BEGIN {printf "product / bare pipe: %.2f\n", product / bare}'
