#!/usr/bin/env bash
# Builds ds-router:local and ds-server:local, one after the other: the second finds the programs built.
set -euo pipefail
cd "$(dirname "$0")/.."

deploy/compose --check
deploy/base-image.sh
for program in router server; do
	docker build --quiet --file "Dockerfile.$program" --tag "ds-$program:local" \
		--build-arg "GO_IMAGE=${GO_IMAGE:-golang:1.26-bookworm}" --build-arg "GOPROXY=${GOPROXY:-}" . >/dev/null
	echo "ds-$program:local is built" >&2
done
