# Every target sets up what it needs in .venv, from a bare Python 3.11+ with pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPHINX := $(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going

.PHONY: demo test test-slow check fix docs bench clean

demo: $(STAMP)
	$(BIN)/python examples/demo.py

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

test-slow: $(STAMP)
	$(BIN)/python -m pytest -n auto --slow

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/reference.py --check
	$(SPHINX) -q docs build/docs

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)
	$(BIN)/python tools/reference.py
	$(SPHINX) docs build/docs
	@echo build/docs/index.html

# DATA: a folder with QA files, see benchmarks/README.md
DATA ?= data
bench: $(STAMP)
	$(BIN)/python benchmarks/run.py --data $(DATA)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "ragzip needs Python 3.11 or later"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $(STAMP)
