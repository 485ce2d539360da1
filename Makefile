# `make demo` and `make test` set up what they need in .venv; a second run starts at once.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test test-fast test-pythons lint docs audit dist gpu-check format clean

demo: .venv/run-ready
	$(BIN)/anybokeh demo

# Two at a time, file by file: some tests use every processor themselves. Kernels are compiled before, once.
test: .venv/dev-ready
	$(BIN)/python -m anybokeh.job.compiling
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# Without the tests that take more than about three seconds each.
test-fast: .venv/dev-ready
	$(BIN)/python -m pytest -m "not slow"

# The fast tests on every further Python that this machine has.
test-pythons: .venv/dev-ready
	$(BIN)/python tools/other_pythons.py

lint: .venv/dev-ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --pythonpath $(BIN)/python

# The docs site in site/; any warning, such as a link that leads nowhere, fails.
docs: .venv/docs-ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Known holes in the pinned versions; says so and goes on where no database can be reached.
audit: .venv/dev-ready
	$(PIP) pip-audit || echo "pip-audit cannot be installed"
	$(BIN)/python tools/audit.py constraints.txt

# Both packages in dist/, built twice and compared.
dist: .venv/dev-ready
	$(BIN)/python tools/check_build.py --into dist

# All that runs on a graphics card, measured; one line where there is none.
gpu-check: .venv/dev-ready
	$(BIN)/python tools/gpu_check.py

format: .venv/dev-ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv build/pythons out dist site

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run-ready: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable .
	@touch $@

.venv/dev-ready: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[dev]'
	$(BIN)/anybokeh models get subject || echo "tests of the networks that find subjects skip"
	@touch $@ .venv/run-ready

.venv/docs-ready: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[docs]'
	@touch $@
