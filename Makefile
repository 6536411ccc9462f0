# `make demo` and `make test` set up everything they need in .venv; nothing is installed elsewhere.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TESTS ?= tests
WORKERS ?= auto

.PHONY: setup demo test tests soak thorough lint format bench docs clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@echo "Setting up .venv: a minute or two, once"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: setup
	$(BIN)/mactl demo demo

# Tests start Python hundreds of times, and each start would compile all of mactl anew.
unexport PYTHONDONTWRITEBYTECODE

test: lint tests

tests: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

# The sender is killed so often, at any instant, and the month has thirty days; see docs/state.md.
SOAK ?= 200
soak: setup
	SOAK=$(SOAK) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/soak

# What a usual run draws a few examples of, it draws the same ones each time; this draws many, and others.
thorough: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile=thorough $(TESTS)

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/commands.py
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/checks.py

docs: setup
	$(BIN)/python docs/making.py
	$(BIN)/cog -I docs -r docs/*.md docs/people/*.md docs/recipes/*.md
	$(BIN)/python docs/playing.py

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
