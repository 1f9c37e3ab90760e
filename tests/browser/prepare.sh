#!/bin/sh
# What the tests in a real browser need: Debian's chromium, and axe-core from npm. No browser is downloaded by playwright.
set -eu
cd "$(dirname "$0")/../.."
if ! command -v chromium >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo "tests in the browser need chromium: apt-get install chromium" >&2; exit 1; }
  apt-get update -qq && apt-get install -y -qq chromium >/dev/null
fi
if [ ! -f build/browser/node_modules/axe-core/axe.min.js ]; then
  command -v npm >/dev/null || { echo "tests in the browser need npm, for axe-core: apt-get install npm" >&2; exit 1; }
  mkdir -p build/browser && npm install --silent --no-audit --no-fund --prefix build/browser axe-core@4
fi
