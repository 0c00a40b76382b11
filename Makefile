# Every target sets up what it needs in .venv, from a bare Python 3.11+ with pip.
# demo needs the base install (250 MB), the others everything (2 GB).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPHINX := $(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going
BASE := $(VENV)/.base
WEIGHTS := $(wildcard packages/*/pyproject.toml)

.PHONY: demo test test-long test-all test-limits test-torch test-full test-training test-slow bounds test-base test-frameworks test-lowest test-sdist coverage check check-types check-style check-docs fix docs bench clean

demo: $(BASE)
	$(BIN)/python examples/demo.py

# tests/README.md says what is in each tier. A file goes to one worker, the long ones first: models and checkpoints are
# loaded once. Plugins of other packages stay out: pytest compiles those packages anew in every process.
PLUGINS := -p hypothesispytest -p xdist
PYTEST = PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/python -m pytest $(PLUGINS) -n auto --dist loadfile --no-loadscope-reorder

# Tests start many processes: their modules are compiled once.
unexport PYTHONDONTWRITEBYTECODE

test: $(STAMP)
	$(PYTEST)

# Beside what is quick enough to run after each change: examples, pages, processes. .ci/run has both.
test-long: $(STAMP)
	$(PYTEST) --long -m long

# These two, and the two tiers beside them.
test-all: $(STAMP)
	$(PYTEST) --long --limits --torch

test-limits: $(STAMP)
	$(PYTEST) --long --limits -m limits

test-torch: $(STAMP)
	$(PYTEST) --long --torch -m torch

test-full: $(STAMP)
	$(PYTEST) --full --long --limits --torch

test-training: $(STAMP)
	$(PYTEST) --training tests/training

test-slow: $(STAMP)
	$(PYTEST) --slow --long --limits --torch -m slow

# What an attack may cost, with a figure for each; hours on two cores. benchmarks/README.md says how to run a share of it.
bounds: $(STAMP)
	$(BIN)/python benchmarks/fuzz.py --inputs 20000 --seed 21
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/growth.py --pages
	$(BIN)/python benchmarks/growth.py --memory
	$(BIN)/python benchmarks/growth_checks.py
	$(BIN)/python -m pytest --slow --limits --torch -m slow tests/limits/test_kills.py tests/tiny/test_folders.py

# What every result goes through is covered wholly, the rest by nine tenths.
COVERED := ragzip/fitting/choose.py,ragzip/text/spans.py,ragzip/text/scores.py,ragzip/compressors/relevance.py
coverage: PLUGINS += -p pytest_cov
coverage: $(STAMP)
	$(PYTEST) --long --limits --torch --cov --cov-report=
	$(BIN)/python -m coverage report --show-missing --include=$(COVERED) --fail-under=100
	$(BIN)/python -m coverage report --skip-covered --fail-under=90

check: $(STAMP)
	$(MAKE) --no-print-directory --jobs 2 check-types check-style check-docs

check-types: $(STAMP)
	MYPY_NUM_WORKERS=auto $(BIN)/mypy

check-style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-docs: $(STAMP)
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

# $(call venv,FOLDER): an environment that has pip alone
define venv
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "ragzip needs Python 3.11 or later"'
	$(PYTHON) -m venv $(1)
endef
# Python compiles what is imported, which is a small part of what is installed.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-compile

# $(call uv,PYTHON,ARGUMENTS): uv installs many packages in a fourth of pip's time. It does not read pip's settings: a
# folder of wheels is passed on, and where an index is known to pip alone, pip takes over.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
define uv
	$(1) $(INSTALL) uv
	$(1) -m uv pip install --quiet --python $(1) $(2) || $(1) $(INSTALL) $(2)
endef

$(BASE): pyproject.toml
	$(call venv,$(VENV))
	$(BIN)/python $(INSTALL) --editable .
	touch $@

$(STAMP): pyproject.toml $(WEIGHTS)
	$(call venv,$(VENV))
	$(call uv,$(BIN)/python,--editable ".[dev]" $(addprefix --editable ,$(dir $(WEIGHTS))))
	touch $(BASE) $@

# Each of the following starts from an environment of its own, in build/.

test-base:  # what needs no extra, on the base install alone
	rm -rf build/base
	$(call venv,build/base)
	build/base/bin/python $(INSTALL) --editable ".[testing]"
	build/base/bin/python -m pytest --long

test-frameworks:  # the adapters, with the real packages
	rm -rf build/frameworks
	$(call venv,build/frameworks)
	build/frameworks/bin/python $(INSTALL) --editable ".[frameworks,testing]"
	build/frameworks/bin/python -m pytest tests/frameworks
	build/frameworks/bin/python -m pytest --long tests/test_examples.py

test-lowest:  # test-base on the lowest versions that pyproject.toml allows
	rm -rf build/lowest
	$(call venv,build/lowest)
	build/lowest/bin/python $(INSTALL) uv
	build/lowest/bin/python -m uv pip install --quiet --python build/lowest/bin/python --resolution lowest-direct --editable ".[testing]"
	build/lowest/bin/python -m pytest --long

test-sdist:  # the sdist, the wheel made from it, and that wheel installed by itself
	rm -rf build/sdist build/dist
	$(call venv,build/sdist)
	build/sdist/bin/python $(INSTALL) build
	build/sdist/bin/python -m build --outdir build/dist .
	build/sdist/bin/python -m build --outdir build/dist packages/ragzip-adapters
	build/sdist/bin/python -m build --outdir build/dist packages/ragzip-multilingual
	build/sdist/bin/python $(INSTALL) build/dist/ragzip-*.whl
	cd build/sdist && bin/python -I ../../tools/smoke.py ../dist
