#!/usr/bin/env bash
# Makes sure that what the named Debian packages bring is here: installs it as root with apt, else says
# what to install. What is still missing fails the call where CI=true.
# Usage: deploy/needs.sh package...
set -euo pipefail

# Is what the package brings here already, whichever way it came?
here() {
	case $1 in
	redis-server) command -v redis-server ;;
	redis-tools) command -v redis-cli && command -v redis-benchmark ;;
	python3-redis) /usr/bin/python3 -c 'import redis' ;;
	busybox-static) command -v busybox ;;
	ca-certificates) [ -r /etc/ssl/certs/ca-certificates.crt ] ;;
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

missing=()
for package in "$@"; do
	here "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

# Debian starts a daemon it installs; a Redis on 6379 would sit in the router's place.
install_quietly() {
	local policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing ${missing[*]}" >&2
	install_quietly "${missing[@]}" >&2 || true
fi
left=()
for package in "${missing[@]}"; do
	here "$package" || left+=("$package")
done
[ ${#left[@]} -gt 0 ] || exit 0
echo "missing: ${left[*]}; install with: sudo apt-get install ${left[*]}" >&2
[ "${CI:-}" != true ]
