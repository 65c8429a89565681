#!/usr/bin/env bash
# Starts the stack, waits until every server is in sync, and says what to do next. Called again, it
# changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

# dsctl is in the router's image, so that Docker is all this needs.
servers() { deploy/compose exec -T -e DS_PASSWORD="${DS_REQUIREPASS:-}" router /dsctl servers </dev/null 2>/dev/null; }

# Reads its table: a heading, then number and state of each server.
all_in_sync() { awk 'NR > 1 && $2 != "in-sync" { bad = 1 } END { exit NR < 2 || bad }'; }

# docker-compose 1.29.2 can't recreate a container on a newer engine (KeyError 'ContainerConfig');
# without the old container it can.
start() {
	local log
	log=$(mktemp)
	if ! deploy/compose up -d 2>&1 | tee "$log"; then
		grep -q ContainerConfig "$log" || { rm -f "$log"; return 1; }
		deploy/compose down
		deploy/compose up -d
	fi
	rm -f "$log"
}
start

patience=120 # seconds; only a volume with a great deal to catch up on takes so long
printf 'waiting until every server is in sync '
until servers | all_in_sync; do
	if ((SECONDS > patience)); then
		printf '\nnot in sync after %s s:\n' "$patience"
		servers || true
		deploy/compose ps
		deploy/compose logs --tail 10
		exit 1
	fi
	printf .
	sleep 0.5
done
port=${DS_PORT:-6379}
cat <<TEXT
 done

The store listens on 127.0.0.1:$port. Try:
  redis-cli -p $port set greeting hello
  redis-cli -p $port -3 ds why greeting     # where its copies are
  deploy/compose kill server-1              # lose a server; go on reading and writing
  deploy/compose start server-1             # it is given what it missed
  redis-cli -p $port -3 ds converged
  make demo                                 # the same with 11,500 files, checked byte for byte
Stop with: make down (keeps the data; make down VOLUMES=1 does not)
TEXT
