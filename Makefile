# Every target sets up what it needs in .venv, from a bare Python 3.11+ with pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-full test-training test-slow coverage check fix bench clean

demo: $(STAMP)
	$(BIN)/python examples/demo.py

# tests/README.md says what is in each tier. A file goes to one worker: models and checkpoints are loaded once.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile

test: $(STAMP)
	$(PYTEST)

test-full: $(STAMP)
	$(PYTEST) --full

test-training: $(STAMP)
	$(PYTEST) --training tests/training

test-slow: $(STAMP)
	$(PYTEST) --slow

# What every result goes through is covered wholly, the rest by nine tenths.
COVERED := ragzip/fitting/choose.py,ragzip/text/spans.py,ragzip/text/scores.py,ragzip/compressors/relevance.py
coverage: $(STAMP)
	$(PYTEST) --cov --cov-report=
	$(BIN)/python -m coverage report --show-missing --include=$(COVERED) --fail-under=100
	$(BIN)/python -m coverage report --skip-covered --fail-under=90

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

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
