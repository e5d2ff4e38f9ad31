# make lab        set everything up and open the course (make lab lang=en: in English)
# make test       the whole suite
# make test-all   with the long matrices and the English chapters run again
# make build      notebooks from source/
# make check      translations fresh, terms kept, generated files equal to their source
#
# PYTHON=python3.12 chooses the interpreter. Everything is installed into .venv; the network is needed only for that.

PYTHON ?= python3
lang := zh

VENV    := .venv
BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: lab test test-all build check

lab: $(VENV)/.installed
	$(BIN)/rnn-course doctor
	$(BIN)/rnn-course lab --lang $(lang)

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m "not full"

test-all: $(VENV)/.installed-test
	$(BIN)/python -m pytest

build check: $(VENV)/.installed
	$(BIN)/rnn-course $@

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("the course needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "安装程序包，要一两分钟 installing packages, a minute or two"
	$(INSTALL) -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(INSTALL) -e ".[test]"
	touch $@
