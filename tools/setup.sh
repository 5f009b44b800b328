#!/usr/bin/env bash
# The virtual environment with the locked packages, and the compiled translations. With --test: what the tests need too.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Rondpoint needs Python 3.11 or newer; this is $("$python" -V)."; exit 1; }
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
  else
    echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1
  fi
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
lock=requirements.lock
[ "${1:-}" = --test ] && lock=requirements-test.lock
# uv installs in seconds what pip takes half a minute for; where it cannot reach the packages, pip does.
.venv/bin/python -m pip install --quiet --require-hashes --requirement requirements-setup.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --requirement "$lock" ||
  .venv/bin/python -m pip install --quiet --require-hashes --requirement "$lock"
.venv/bin/python -m pip install --quiet --no-deps --editable .
for room in ui demo; do
  .venv/bin/pybabel -q compile --domain django --directory "src/rondpoint/$room/locale"
done
