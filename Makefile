# Everything starts from here: each target makes the environment it needs, once, and does nothing where it stands.

PYTHON ?= python3
BIN := .venv/bin
BENCHMARKS := kills incident feeds sensor backfill daily load forecast strikeouts

.PHONY: demo dev stop test check audit docs pictures $(addprefix bench-,$(BENCHMARKS)) clean

## demo: from nothing to tonight's predictions and a running UI
demo: .venv/local
	@$(BIN)/nba-pipeline demo

## dev: the local stack in the foreground, until Ctrl-C
dev: .venv/local
	@$(BIN)/nba-pipeline dev

## stop: end the local stack; its data stays
stop: .venv/local
	@$(BIN)/nba-pipeline stop

## test: style, types and all tests
test: check
	@$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

check: .venv/dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m nba_pipeline_tests.support.function_lengths

## audit: known vulnerabilities of the pinned packages; asks PyPI, and fails where it can not
audit: .venv/audit
	@$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt

## docs: the reference pages of tables, from their declarations
docs: .venv/local
	@$(BIN)/python -m nba_pipeline.reference

## pictures: the README's pictures, of a demo that runs
pictures: .venv/dev
	@$(BIN)/python -m nba_pipeline_tests.support.pictures

## bench-NAME: a benchmark; prints its figures and writes benchmarks/results/NAME.json
$(addprefix bench-,$(BENCHMARKS)): bench-%: .venv/benchmark
	@$(BIN)/python -m benchmarks.$*

## clean: remove the environment; data in .local stays
clean:
	rm -rf .venv

.venv/local: .venv/pip
	@echo "Installing (a minute or two, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[local]'
	@touch $@

.venv/dev: .venv/local
	@echo "Installing the test tools ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

.venv/benchmark: .venv/dev
	@echo "Installing what benchmarks compare with ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[benchmark]'
	@touch $@

.venv/audit: .venv/local
	@echo "Installing the auditor ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[audit]'
	@touch $@

.venv/pip: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "This project needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	  echo "Install one and name it, e.g.: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@
