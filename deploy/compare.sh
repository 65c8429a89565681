#!/usr/bin/env bash
# Compares the store with a redis-server of the same run, by redis-benchmark: requests per second and their
# ratio. The peer has the same durability: DURABILITY=always (the default), interval or none is its
# appendfsync always, everysec or no. A second peer keeps no log at all. The store is a router and
# three servers, each a process of its own, all on this machine. `make bench` calls it.
set -euo pipefail
cd "$(dirname "$0")/.."

deploy/needs.sh redis-server redis-tools
requests=${REQUESTS:-100000}
durability=${DURABILITY:-always}
case $durability in
always) fsync=always ;;
interval) fsync=everysec ;;
none) fsync=no ;;
*) echo "DURABILITY is always, interval or none, not $durability" >&2 && exit 1 ;;
esac
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

go build -o "$dir" ./services/router ./services/server ./services/dsctl
clients=$(free_port) servers=$(free_port) peer=$(free_port) never=$(free_port)
mkdir "$dir"/{r,s0,s1,s2,peer,never}
"$dir/router" --clients "127.0.0.1:$clients" --servers "127.0.0.1:$servers" --ops 127.0.0.1:0 --data "$dir/r" --durability "$durability" 2>"$dir/r.log" &
for n in 0 1 2; do
	"$dir/server" --router "127.0.0.1:$servers" --number "$n" --ops 127.0.0.1:0 --data "$dir/s$n" 2>"$dir/s$n.log" &
	last=$!
done
redis-server --port "$peer" --dir "$dir/peer" --appendonly yes --appendfsync "$fsync" --save '' >/dev/null &
redis-server --port "$never" --dir "$dir/never" --appendonly no --save '' >/dev/null &
"$dir/dsctl" --addr "127.0.0.1:$clients" --timeout 30s converged --wait >/dev/null

rate() { # rate PORT TEST PIPELINE COUNT
	redis-benchmark -p "$1" -t "$2" -P "$3" -n "$4" -r 100000 -d 100 --csv 2>/dev/null | awk -F'"' 'NR == 2 { print $4 }'
}

row() { # row STATE TEST PIPELINE
	local count=$requests ours synced unsynced
	[ "$3" = 1 ] && count=$((requests / 4))
	ours=$(rate "$clients" "$2" "$3" "$count")
	synced=$(rate "$peer" "$2" "$3" "$count")
	unsynced=$(rate "$never" "$2" "$3" "$count")
	awk -v s="$1" -v t="$2" -v p="$3" -v o="$ours" -v a="$synced" -v n="$unsynced" \
		'BEGIN { printf "%-18s %-4s %3s %10.0f %14.0f %6.2f %14.0f %6.2f\n", s, t, p, o, a, o / a, n, o / n }'
}

printf '%-18s %-4s %3s %10s %14s %6s %14s %6s\n' servers test -P store "redis-$fsync" ratio redis-no-log ratio
for state in 'all up' 'one away'; do
	if [ "$state" = 'one away' ]; then
		kill -9 "$last" && wait "$last" 2>/dev/null || true
	fi
	for pipeline in 1 16; do
		row "$state" set "$pipeline"
		row "$state" get "$pipeline"
	done
done
