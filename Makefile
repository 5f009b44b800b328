# make run: the demo company on http://127.0.0.1:8000    make test: everything that can be proved in minutes
SHELL := /bin/bash
PY := .venv/bin/python
READY := .venv/.ready
TESTABLE := .venv/.testable
# The long form of tests/hostile; RONDPOINT_FUZZ_SECONDS sets how long each of fuzz/ runs.
HOSTILE := RONDPOINT_HOSTILE=long RONDPOINT_DOORS=all RONDPOINT_API_EXAMPLES=100 RONDPOINT_EXAMPLES=1000 RONDPOINT_GROWTH=640000
# The long form of tests/faults.
KILLS := RONDPOINT_FAULT_DELIVERIES=100000 RONDPOINT_FAULT_KILLS=600 RONDPOINT_POISON_DELIVERIES=10000 RONDPOINT_JOB_KILLS=10

.PHONY: run setup test prove bench pictures lint peers clean

run: setup
	@.venv/bin/rondpoint up --demo

setup: $(READY)

$(READY): requirements.lock requirements-setup.lock pyproject.toml tools/setup.sh
	@tools/setup.sh
	@touch $(READY)

# The packages of the tests come on top, so that the first run need not wait for them.
$(TESTABLE): requirements-test.lock pyproject.toml tools/setup.sh
	@tools/setup.sh --test
	@touch $(READY) $(TESTABLE)

lint: $(TESTABLE)
	.venv/bin/ruff check src tests bench fuzz tools conftest.py
	.venv/bin/lint-imports
	RONDPOINT_HOME=.mypy_cache/home .venv/bin/mypy

peers: $(TESTABLE)
	@tools/peers.sh

test: $(TESTABLE) peers lint
	@tools/test.sh

prove: $(TESTABLE)
	RONDPOINT_HISTORIES=2000 $(PY) -m pytest -n 2 src/rondpoint/conversations/tests/test_unmerge.py
	RONDPOINT_HISTORIES=150 $(PY) -m pytest -n 2 src/rondpoint/segments/tests/test_proof.py \
	  src/rondpoint/segments/computed/tests/test_proof.py
	RONDPOINT_UNMERGES_UNDER_LOAD=1000 $(PY) -m pytest src/rondpoint/conversations/tests/test_unmerge_under_load.py
	RONDPOINT_UNMERGES_UNDER_LOAD=1000 $(PY) -m tests.peers.postgres $(PY) -m pytest -m data \
	  src/rondpoint/conversations/tests/test_unmerge_under_load.py
	RONDPOINT_SENDS_SIMULATED=1000000 $(PY) -m pytest -s src/rondpoint/sending/tests/test_racing.py
	RONDPOINT_SENDS_SIMULATED=1000000 $(PY) -m tests.peers.postgres $(PY) -m pytest -s -m "data and not sqlite" \
	  src/rondpoint/sending/tests/test_racing.py
	RONDPOINT_LAKE_KILLS=100 $(PY) -m pytest tests/operations/test_lake.py
	$(HOSTILE) $(PY) -m pytest -s tests/hostile
	$(HOSTILE) $(PY) -m tests.peers.postgres $(PY) -m pytest -s -m data tests/hostile
	$(PY) fuzz/run.py
	RONDPOINT_FORGED=100000 RONDPOINT_TIMINGS=9 RONDPOINT_STALLED=50 $(PY) -m pytest -s tests/hostile_web
	RONDPOINT_SCRIPTS=all $(PY) -m pytest -s tests/browser/test_no_scripts.py
	RONDPOINT_POWER_CUTS=500 RONDPOINT_POWER_RESTARTS=25 RONDPOINT_DISK_ROUNDS=10 RONDPOINT_POSTGRES_ROUNDS=15 \
	RONDPOINT_PROVIDER_MESSAGES=40 RONDPOINT_CLOCK_SECONDS=60 RONDPOINT_STOPS=60 $(PY) -m pytest -s tests/faults_outside
	$(KILLS) $(PY) -m pytest -s tests/faults
	$(KILLS) $(PY) -m tests.peers.postgres $(PY) -m pytest -s tests/faults
	RONDPOINT_FLIPS=20000 RONDPOINT_BACKUP_ROWS=1000000 RONDPOINT_BACKUP_MAILS=1000 RONDPOINT_STOPS=20 \
	$(PY) -m pytest -s tests/operations

# Benchmarks, a JSON line each; make bench NAME=inbound-mail runs one, with OPTIONS="--engine both" or --quick.
bench: $(READY)
	@failed=0; for file in $(if $(NAME),bench/$(subst -,_,$(NAME)).py,$$(grep -l '^    harness.main' bench/*.py)); do \
	  $(PY) $$file $(OPTIONS) || failed=1; done; exit $$failed

# The pictures of the README and the guide, taken anew from the running demo.
pictures: $(TESTABLE)
	$(PY) tools/pictures.py

clean:
	rm -rf .venv .peers .pytest_cache .ruff_cache .mypy_cache .fuzz
