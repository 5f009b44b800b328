# make run: the demo company on http://127.0.0.1:8000    make test: everything that can be proved in minutes
SHELL := /bin/bash
PY := .venv/bin/python
STAMP := .venv/.ready

.PHONY: run setup test prove lint peers clean

run: setup
	@.venv/bin/rondpoint up --demo

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml tools/setup.sh
	@tools/setup.sh
	@touch $(STAMP)

lint: setup
	.venv/bin/ruff check src tests conftest.py
	.venv/bin/lint-imports

peers: setup
	@tools/peers.sh

test: setup peers lint
	@tools/test.sh

prove: setup
	RONDPOINT_HISTORIES=2000 $(PY) -m pytest -n 2 src/rondpoint/conversations/tests/test_unmerge.py

clean:
	rm -rf .venv .peers .pytest_cache .ruff_cache
