# The commands of this project. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help docs up down test test-deployed test-long check e2e bench bench-store lock audit clean

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

up: $(STAMP) ## install what is missing, start the arena and play; returns when the ladder moves
	@$(BIN)/arena up --detach

down: $(STAMP) ## stop the arena
	@$(BIN)/arena down

test: $(STAMP) ## every test but the long ones, the browser's and the cluster's
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=12 -m "not slow and not e2e and not cluster" $(WITHOUT:%=--ignore=%)

test-deployed: $(STAMP) ## integration tests on Debian's PostgreSQL and Redis, and on three Ray nodes
	@bash .ci/servers $(BIN)/python -m pytest tests/integration -n 2 --dist loadfile --durations=8 -m "not slow and not e2e and not own"

test-long: $(STAMP) ## the long tests
	$(BIN)/python -m pytest -m "slow"

check: $(STAMP) ## lint, types, directions and unit tests, in about two minutes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright
	$(BIN)/python -m pytest tests/unit tests/architecture -n 2 -m "not slow"

e2e: $(STAMP) ## the pages in a real browser (installs Debian's Chromium where it may)
	@bash tests/e2e/browser.sh
	$(BIN)/python -m pytest -m e2e tests/e2e

bench: $(STAMP) ## measure, beside the peers, and print tables
	$(BIN)/python -m bench.env
	$(BIN)/python -m bench.pipeline
	$(BIN)/python -m bench.startup
	$(BIN)/python -m bench.references
	$(BIN)/python -m bench.trajectories
	$(BIN)/python -m bench.policy_server
	$(BIN)/python -m bench.players

bench-store: $(STAMP) ## measure, store the runs and write docs/benchmarks.md anew
	$(BIN)/python -m bench.env --json >bench/runs/env.jsonl
	$(BIN)/python -m bench.pipeline --json >bench/runs/pipeline.jsonl
	$(BIN)/python -m bench.startup --json >bench/runs/startup.jsonl
	$(BIN)/python -m bench.references --json >bench/runs/references.jsonl
	$(BIN)/python -m bench.trajectories --json >bench/runs/trajectories.jsonl
	$(BIN)/python -m bench.policy_server --json >bench/runs/policy_server.jsonl
	$(BIN)/python -m bench.players --json >bench/runs/players.jsonl
	$(BIN)/python docs/generate.py

docs: $(STAMP) ## write the generated reference pages anew
	$(BIN)/python docs/generate.py

lock: $(STAMP) ## write requirements.lock anew from pyproject.toml
	@bash .ci/lock

audit: $(STAMP) ## known vulnerabilities of the locked dependencies (asks osv.dev; .ci/audit tells its exit codes)
	@bash .ci/audit

clean: ## remove the virtual environment
	rm -rf $(VENV)

$(STAMP): requirements.lock pyproject.toml .ci/install
	@PYTHON=$(PYTHON) bash .ci/install $(VENV)
	@touch $@
