#!/usr/bin/env bash
# Builds ds-router:local and ds-server:local, one after the other: the second finds the programs built.
set -euo pipefail
cd "$(dirname "$0")/.."

deploy/compose --check
deploy/base-image.sh
# What a build says is of interest when it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program in router server; do
	echo "building ds-$program:local (minutes the first time)" >&2
	docker build --file "Dockerfile.$program" --tag "ds-$program:local" \
		--build-arg "GO_IMAGE=${GO_IMAGE:-golang:1.26-bookworm}" --build-arg "GOPROXY=${GOPROXY:-}" . >"$log" 2>&1 ||
		{ cat "$log" >&2; exit 1; }
done
