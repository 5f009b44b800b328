#!/bin/sh
# Puts Segment's library for browsers into .peers/analytics (ignored by git). Does nothing when it is there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../../.." && pwd)/.peers/analytics
[ -d "$target/node_modules/@segment/analytics-next" ] && exit 0
mkdir -p "$target"
cp "$here/package.json" "$target/package.json"
npm install --prefix "$target" --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error
