#!/bin/bash
# Installs Docker Compose, which Amazon Linux 2023 has no package of: one version, checked by its sha256 (the
# ones that the official image docker:cli is built with). Does nothing when it is there. Never run on AWS yet.
set -euo pipefail
version=v2.40.3
plugins=${VERGER_COMPOSE_PLUGINS:-/usr/local/lib/docker/cli-plugins}

machine=$(uname -m)
case $machine in
  x86_64) sha256=dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372 ;;
  aarch64) sha256=d26373b19e89160546d15407516cc59f453030d9bc5b43ba7faf16f7b4980137 ;;
  *) echo "no Docker Compose for $machine" >&2; exit 1 ;;
esac
is_right() { printf '%s  %s\n' "$sha256" "$1" | sha256sum --check --status; }

plugin=$plugins/docker-compose
if [ -f "$plugin" ] && is_right "$plugin"; then exit 0; fi
mkdir -p "$plugins"
new=$plugin.$$
trap 'rm -f "$new"' EXIT
curl --fail --silent --show-error --location --retry 5 --retry-all-errors --output "$new" \
  "https://github.com/docker/compose/releases/download/$version/docker-compose-linux-$machine"
if ! is_right "$new"; then
  echo "Docker Compose $version for $machine has not the sha256 $sha256: not installed" >&2
  exit 1
fi
chmod 755 "$new"
mv "$new" "$plugin"
