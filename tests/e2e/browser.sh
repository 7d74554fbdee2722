#!/usr/bin/env bash
# Makes sure that there is a Chromium for the tests of the pages; on Debian and Ubuntu, as root, it installs one.
set -euo pipefail

found() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return 0
    done
    return 1
}

if found >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
    found
else
    echo "No Chromium was found. Install one (on Debian: sudo apt-get install chromium), then run this again." >&2
    exit 1
fi
