#!/usr/bin/env bash
# Installs the system parts that the full suite needs, where it may; says what is missing elsewhere.
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
)

missing=()
for command in "${!parts[@]}"; do
  command -v "$command" >/dev/null || missing+=("${parts[$command]}")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "The suite has all it needs."
  exit 0
fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
  echo "Installing: ${missing[*]}"
  as_root apt-get -o DPkg::Lock::Timeout=300 update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
    --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Missing, so some tests will be skipped by name: ${missing[*]}"
  echo "Install them with your package manager to run everything."
fi
