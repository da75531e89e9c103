# ragapp: `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
# Bytecode is kept, even where the machine says not to: every test that starts a process imports the same modules again.
PYTEST := HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
SIDE_BY_SIDE := -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup lock run demo test test-fast mutants timing lint bench eval

help: ## Show what can be done
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(BIN)/python ## Install packages, prepare the embedding model, build the web app (only what is out of date)
	@$(BIN)/python deploy/set_up.py

$(BIN)/python:
	@echo "==> Creating the virtual environment $(VENV) …"
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed (looked for '$(PYTHON)'; set PYTHON=…)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

lock: setup ## Resolve requirements*.txt into the locks that are installed (UPGRADE=--upgrade takes the newest that fit)
	@$(BIN)/python deploy/lock.py $(UPGRADE)

run: setup ## Serve the app on http://localhost:3000
	@$(BIN)/python -m ragapp serve

demo: setup ## Show the app: a throw-away instance with samples, signed in, gone when it is closed
	@$(BIN)/python -m ragapp demo

test: setup ## Run the tests (needs Chromium; PostgreSQL and Redis tests run where those answer)
	$(PYTEST) $(SIDE_BY_SIDE) -m "not slow and not e2e and not mutation and not timing"
	$(PYTEST) $(SIDE_BY_SIDE) -m "slow and not e2e and not mutation and not timing"
	$(PYTEST) -m "e2e"

test-fast: setup ## Run the tests that take seconds
	$(PYTEST) $(SIDE_BY_SIDE) -m "not slow and not e2e and not mutation and not timing and not quality and not postgres and not sweep"

mutants: setup ## Leave out one tenant predicate or permission check at a time: the tests must fail
	$(PYTEST) $(SIDE_BY_SIDE) -vv -m mutation tests/mutation

timing: setup ## Compare how long answers take for known and unknown addresses (a quiet machine)
	$(PYTEST) -m timing

lint: setup ## Check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## Measure speed and memory as ratios in one run
	@$(BIN)/python -m benchmarks

eval: setup ## Measure retrieval and answers on the test sets in ../shared/eval
	@for set in ../shared/eval/*/; do $(BIN)/python -m ragapp eval "$$set"; done
