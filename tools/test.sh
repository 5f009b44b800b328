#!/usr/bin/env bash
# Everything on SQLite, then the data layer once more on PostgreSQL.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pytest -n 2 --dist loadfile --ignore tests/browser "$@"
# Playwright keeps an event loop in its process, which Django's synchronous tests refuse to share.
.venv/bin/python -m pytest -n 2 --dist loadfile tests/browser
.venv/bin/python -m tests.peers.postgres .venv/bin/python -m pytest -n 2 --dist loadfile -m "data and not sqlite"
