#!/usr/bin/env bash
# Everything on SQLite, then the data layer once more on PostgreSQL; both count for the branch coverage of five rooms.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pytest -n 2 --dist loadfile --ignore tests/browser --cov --cov-report= "$@"
# Playwright keeps an event loop in its process, which Django's synchronous tests refuse to share.
.venv/bin/python -m pytest -n 2 --dist loadfile tests/browser
.venv/bin/python -m tests.peers.postgres .venv/bin/python -m pytest -n 2 --dist loadfile -m "data and not sqlite" \
  --cov --cov-append --cov-report=
# A selection of tests says nothing about whole rooms: its figures are shown and not judged.
least=95
if [ $# -gt 0 ]; then least=0; fi
failed=0
for room in lib channels customers consent events; do
  echo "== branch coverage of $room, at least $least %"
  .venv/bin/python -m coverage report --include="src/rondpoint/$room/*" --fail-under="$least" || failed=1
done
exit "$failed"
