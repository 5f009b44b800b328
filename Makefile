# make run: the demo company on http://127.0.0.1:8000    make test: everything that can be proved in minutes
SHELL := /bin/bash
PY := .venv/bin/python
READY := .venv/.ready
TESTABLE := .venv/.testable

.PHONY: run setup test prove bench pictures lint peers clean

run: setup
	@.venv/bin/rondpoint up --demo

setup: $(READY)

$(READY): requirements.lock pyproject.toml tools/setup.sh
	@tools/setup.sh
	@touch $(READY)

# The packages of the tests come on top, so that the first run need not wait for them.
$(TESTABLE): requirements-test.lock pyproject.toml tools/setup.sh
	@tools/setup.sh --test
	@touch $(READY) $(TESTABLE)

lint: $(TESTABLE)
	.venv/bin/ruff check src tests bench tools conftest.py
	.venv/bin/lint-imports

peers: $(TESTABLE)
	@tools/peers.sh

test: $(TESTABLE) peers lint
	@tools/test.sh

prove: $(TESTABLE)
	RONDPOINT_HISTORIES=2000 $(PY) -m pytest -n 2 src/rondpoint/conversations/tests/test_unmerge.py

# Benchmarks, one JSON line each; make bench NAME=find runs one.
bench: $(READY)
	@for file in $(if $(NAME),bench/$(NAME).py,bench/*.py); do $(PY) $$file; done

# The pictures of the README and the guide, taken anew from the running demo.
pictures: $(TESTABLE)
	$(PY) tools/pictures.py

clean:
	rm -rf .venv .peers .pytest_cache .ruff_cache
