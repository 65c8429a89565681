# Everything a person or a script does with this repository. Bare `make` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down demo test e2e chaos processes sim fuzz bench lint images

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
SEEDS ?= 2000
GO_IMAGE ?= golang:1.26-bookworm
export GO_IMAGE
FUZZTIME ?= 60s

help: # Lists the targets
	@sed -nE 's/^([a-z0-9]+):[^#]*# (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

up: images # Builds and starts a router and three servers; waits until all are in sync
	@deploy/up.sh

down: # Stops the stack and keeps the volumes (VOLUMES=1 removes them)
	@deploy/compose down $(if $(VOLUMES),--volumes)

demo: up # Writes the Go sources through the router while servers die; reads every file back
	@go run ./chaos/demo

test: # Runs every test: vet, unit, embed and, where Docker is, e2e and chaos
	@deploy/test.sh

e2e: images # Runs the stories on real containers (under 5 minutes)
	E2E_BUILD=0 go test -count=1 -timeout 10m -v ./e2e/...

chaos: images # Kills servers and the router under load; SEED= SCENARIO= DURATION=
	go run ./chaos --no-build $(if $(SEED),--seed $(SEED)) $(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(DURATION),--duration $(DURATION))

processes: # Breaks real processes on the loopback (2 minutes); DURATION= for each story, RACE=1
	go test $(if $(RACE),-race) -count=1 -timeout 0 -v ./internal/loopback $(if $(DURATION),-for $(DURATION))

sim: # Runs the deterministic simulator; SEEDS=200000 for a long campaign
	go run ./internal/sim/run -seeds $(SEEDS) $(if $(FIRST),-first $(FIRST))

fuzz: # Runs each fuzz target for FUZZTIME (60s); what it finds lies in testdata/fuzz from then on
	@set -o pipefail; grep -roE '^func Fuzz[A-Za-z]+' --include='*_test.go' internal | sort | while IFS=: read -r file name; do \
		echo "== $${name#func }"; go test -run '^$$' -fuzz "^$${name#func }$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s "./$${file%/*}" </dev/null || exit 1; done

planted: # Demands that the simulator catches every planted bug; rewrites the table of them in docs/testing.md
	go test -count=1 -v -tags planted -timeout 30m ./internal/sim/campaign -run 'TestPlanted$$' -rewrite

bench: # Runs the benchmarks, then redis-benchmark against the store and a redis-server
	go test -run '^$$' -bench . -benchmem ./internal/...
	@deploy/compare.sh

lint: # Runs gofmt, vet, staticcheck and the repository's own rules
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo 'gofmt these files' >&2; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go test -count=1 ./internal/lint/

images: # Builds the images ds-router:local and ds-server:local
	@deploy/images.sh
