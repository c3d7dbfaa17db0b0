# The default target explains itself.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
# the tests start hundreds of processes; none should compile again what another has compiled
unexport PYTHONDONTWRITEBYTECODE
CHECKED := sttm labeling classifiers recognizer experiments tests benchmarks examples

.PHONY: help setup demo test check format bench clean

help:  ## this list
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{printf "%-10s%s\n", $$1, $$2}'

setup: $(VENV)/.installed  ## make the environment in .venv and install the toolkit, window included

demo: $(VENV)/.installed  ## run the whole chain on drawn faces; prints where the report lies
	@$(BIN)/sttm demo

test: $(VENV)/.developing  ## run every test
	@$(BIN)/pytest -n $(WORKERS)

check: $(VENV)/.developing  ## format, lint, types, architecture: what a change must pass
	@$(BIN)/ruff format --check $(CHECKED)
	@$(BIN)/ruff check $(CHECKED)
	@$(BIN)/mypy
	@$(BIN)/pytest tests/test_architecture.py

format: $(VENV)/.developing  ## format the code and mend what can be mended
	@$(BIN)/ruff format $(CHECKED)
	@$(BIN)/ruff check --fix $(CHECKED)

bench: $(VENV)/.developing  ## measure speed side by side with peers
	@$(BIN)/python -m benchmarks

clean:  ## remove the environment and everything computed
	rm -rf $(VENV) .cache runs build *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; on Debian: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) (once; a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[gui]' \
		|| { echo "the installation failed: the packages of setup.cfg must be reachable by pip"; exit 1; }
	@touch $@

$(VENV)/.developing: setup.cfg pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) with the developers' tools (once; a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' \
		|| { echo "the installation failed: the packages of setup.cfg must be reachable by pip"; exit 1; }
	@touch $(VENV)/.installed $@
