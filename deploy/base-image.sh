#!/usr/bin/env bash
# Makes sure that the image the programs are built in is there: at hand, else pulled, else made from
# this host's own Go toolchain, for hosts that reach no image registry.
# Usage: deploy/base-image.sh [image]
set -euo pipefail

image=${1:-${GO_IMAGE:-golang:1.26-bookworm}}

say() { printf '%s\n' "$*" >&2; }

docker image inspect "$image" >/dev/null 2>&1 && exit 0
say "$image is not here; pulling it"
docker pull "$image" >/dev/null 2>&1 && exit 0

go=$(command -v go || true)
[ -n "$go" ] || { say "$image can't be pulled, and there is no Go here to make it from: install Go 1.26 (or a way to an image registry)"; exit 1; }
goroot=$(go env GOROOT)
say "$image can't be pulled; making it from $(go env GOVERSION) in $goroot"

# A distribution's dynamic busybox has no libraries to load in an empty image.
static_busybox() {
	local path
	for path in "$(command -v busybox || true)" /bin/busybox; do
		[ -n "$path" ] && [ -x "$path" ] && ! ldd "$path" >/dev/null 2>&1 && { printf '%s' "$path"; return; }
	done
	return 1
}
"$(dirname "$0")/needs.sh" busybox-static
busybox=$(static_busybox) || { say "a static busybox is needed: apt-get install busybox-static"; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,etc/ssl/certs,tmp,go,usr/local}
chmod 1777 "$root/tmp"
cp -L "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do
	[ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
done
printf 'root:x:0:0:root:/:/bin/sh\n' >"$root/etc/passwd"
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
	[ -r "$bundle" ] && { cp -L "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"; break; }
done

# The toolchain is read from its place; only what a build needs of it.
tar -c --owner=0 --group=0 --numeric-owner -C "$root" . \
	--transform "s,^${goroot#/},usr/local/go,S" \
	--exclude="${goroot#/}/test" --exclude="${goroot#/}/api" --exclude="${goroot#/}/doc" -C / "${goroot#/}" |
	docker import \
		-c 'ENV PATH=/usr/local/go/bin:/go/bin:/bin GOPATH=/go GOTOOLCHAIN=local GOFLAGS=-buildvcs=false' \
		- "$image" >/dev/null
say "$image made"
