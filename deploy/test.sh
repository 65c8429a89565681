#!/usr/bin/env bash
# Runs every test there is; `make test` calls it. Without Docker, or with a peer missing, it says what it
# leaves out; with CI=true it fails instead. The last lines are go test's own.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

# Packages that start neither containers nor processes. The stories on real processes are told afterwards and alone: they
# want the programs as they are shipped, and time for themselves.
small() { go list ./... | grep -vE '/(e2e|chaos|internal/loopback)(/|$)'; }

processes() {
	say "stories on real processes"
	go test -race -count=1 ./internal/loopback/faultproxy
	go test -count=1 -timeout 10m ./internal/loopback
}

say "peers: redis-server, redis-tools, python3-redis"
deploy/needs.sh redis-server redis-tools python3-redis

say "gofmt, vet, staticcheck"
make --no-print-directory lint

say "the simulator"
make --no-print-directory sim

say "planted bugs, those that the simulator catches at once"
go test -short -count=1 -tags planted -timeout 10m -run 'TestPlanted' ./internal/sim/campaign

if ! deploy/compose --check; then
	[ "${CI:-}" != true ] || { echo "CI=true and no Docker: nothing is left out here" >&2; exit 1; }
	say "unit tests, in-process stories, race detector; left out for want of Docker: make e2e, make chaos"
	go test -race -count=1 -timeout 10m $(small) ./chaos/...
	processes
	exit
fi

say "images"
make --no-print-directory images

say "unit tests, in-process stories, race detector"
go test -race -count=1 -timeout 10m $(small) ./chaos/...

processes

say "chaos, a short run"
go run ./chaos --no-build --seed "${SEED:-1}" --duration "${CHAOS_DURATION:-60s}"

say "stories on real containers"
E2E_BUILD=0 go test -count=1 -timeout 10m ./e2e/...
