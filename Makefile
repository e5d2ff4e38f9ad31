# `make` or `make help` lists what there is. PYTHON=python3.12 chooses the interpreter. Everything is installed into .venv;
# the network is needed only for that.

PYTHON ?= python3
lang := zh

VENV    := .venv
BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help lab test test-all build check

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

lab: $(VENV)/.installed  ## set everything up and open the course (make lab lang=en: in English)
	$(BIN)/rnn-course doctor
	$(BIN)/rnn-course lab --lang $(lang)

test: $(VENV)/.installed-test  ## the whole suite
	$(BIN)/python -m pytest -m "not full"

test-all: $(VENV)/.installed-test  ## with the long matrices and every notebook run again
	$(BIN)/python -m pytest

build: $(VENV)/.installed  ## notebooks, README tables and the architecture picture, from source/ and the imports
	$(BIN)/rnn-course build

check: $(VENV)/.installed-test  ## translations fresh, terms kept, generated files equal to their source; code linted
	$(BIN)/rnn-course check
	$(BIN)/ruff check
	$(BIN)/ruff format --check

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("the course needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(INSTALL) -e ".[test]"
	touch $@
