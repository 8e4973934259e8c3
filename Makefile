PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test lint bench crash fuzz cuts clean

# uv first: it installs the whole set in seconds where pip takes a minute.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "copydesk needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable '.[dev]'
	@touch $@

demo: $(VENV)/.installed
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/python bench/compare.py

# 100,000 broken inputs a reader, for hours; stopped with Ctrl-C, it goes on where it was.
fuzz: $(VENV)/.installed
	nice $(BIN)/python bench/fuzz.py

# Each example cut at every byte.
cuts: $(VENV)/.installed
	nice $(BIN)/python bench/fuzz.py --cuts

# Kills, faults, full disks, power cuts: an hour on two cores; the same again goes on from where it was interrupted.
crash: $(VENV)/.installed
	$(BIN)/python -m tests.crash.long --place build/crash

clean:
	rm -rf $(VENV) demo.lake build *.egg-info
