# CSPON Commons. `make help` lists what can be made. Needed: Linux, Python >= 3.11, make, and a package registry.
PYTHON ?=
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder
VENV := .venv/bin
FOUND = $(shell PYTHON="$(PYTHON)" sh scripts/find_python.sh)
PACKAGES := portal registry competitions standards cspon_node
.DEFAULT_GOAL := help
# Tests start hundreds of processes; without bytecode each of them would compile the whole program again.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup setup-dev run runtimes browser test test-all lint format bench lock messages node clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

python:
	@test -n "$(FOUND)"

setup: python  ## Install what running needs (virtual environment, packages, browser files)
	@"$(FOUND)" scripts/setup.py run

setup-dev: python
	@"$(FOUND)" scripts/setup.py dev

# Asking every runtime for its lock takes most of a second, so a second start looks at a stamp beside them first.
runtimes: setup
	@here="$${CSPON_RUNTIME_DIR:-$${CSPON_HOME:-var}/runtimes}"; \
	if [ -e "$$here/.checked" ] && [ -z "$$(find registry/sandbox/runtimes .venv/pyvenv.cfg -newer "$$here/.checked")" ]; \
	then :; else $(VENV)/cspon runtime build && if [ -d "$$here" ]; then touch "$$here/.checked"; fi; fi

run: setup runtimes  ## Set up and start the portal with its demo content; Ctrl-C stops it
	@$(VENV)/cspon up --demo --allow-weak-sandbox

browser: setup-dev
	@$(VENV)/python scripts/browser.py >/dev/null

test: setup-dev runtimes browser  ## Run the tests (installs Chromium where it is missing)
	@$(VENV)/python -m pytest -m "not slow" $(PYTEST_ARGS)

test-all: setup-dev runtimes browser  ## Run the tests and the long fault tests
	@$(VENV)/python -m pytest $(PYTEST_ARGS)

lint: setup-dev  ## Check style, types and the direction of imports
	@$(VENV)/ruff check --quiet .
	@$(VENV)/ruff format --quiet --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports

format: setup-dev  ## Format the code
	@$(VENV)/ruff check --quiet --fix .
	@$(VENV)/ruff format .

bench: setup-dev runtimes  ## Measure; prints one table, writes JSON to bench/out/
	@$(VENV)/python -m bench

lock: setup-dev  ## Resolve all packages anew and write the lock files
	@$(VENV)/python scripts/lock.py

messages: setup-dev  ## List messages that lack Chinese, and Chinese that is no longer used
	@$(VENV)/python scripts/messages.py

node:  ## Build the node tool's wheel and fetch what it needs, for machines without a network, into dist/node
	@$(VENV)/python scripts/node_wheel.py dist/node --with-dependencies

clean:  ## Remove what can be made again; the data in var/ stay
	rm -rf .venv node_modules static/vendor build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis tests/out bench/out
	find $(PACKAGES) tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
