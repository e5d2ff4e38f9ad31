# make lab        set everything up and open the course (make lab lang=en: in English)
# make test       the suite on two cores; notebooks that are unchanged since they were verified are not run again
# make test-all   everything: all notebooks, the long matrices, nbgrader and Keras; writes tests/verified.json
# make build      notebooks from source/
# make check      translations fresh, terms kept, generated files equal to their source
#
# PYTHON=python3.12 chooses the interpreter, WORKERS=4 how many tests run at a time. Everything is installed into .venv, and what only
# nbgrader and Keras need into $(FOREIGN); the network is needed only for that.

PYTHON  ?= python3
WORKERS ?= 2
FOREIGN ?= $(HOME)/.cache/rnn-course
lang := zh

VENV    := .venv
BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PYTEST  := $(BIN)/python -m pytest -n $(WORKERS)

# Where they are installed, the two tests that need them run in `make test` too.
export COURSE_NBGRADER := $(wildcard $(FOREIGN)/nbgrader/bin/nbgrader)
export COURSE_KERAS    := $(wildcard $(FOREIGN)/keras)

.PHONY: lab test test-all foreign build check

lab: $(VENV)/.installed
	$(BIN)/rnn-course doctor
	$(BIN)/rnn-course lab --lang $(lang)

test: $(VENV)/.installed-test
	$(PYTEST) -m "not full"

test-all: $(VENV)/.installed-test foreign
	COURSE_NBGRADER=$(FOREIGN)/nbgrader/bin/nbgrader COURSE_KERAS=$(FOREIGN)/keras $(PYTEST) --record-verified

foreign: $(FOREIGN)/.nbgrader $(FOREIGN)/.keras

build check: $(VENV)/.installed
	$(BIN)/rnn-course $@

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("the course needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -e .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(INSTALL) -e ".[test]"
	touch $@

# nbgrader brings a Jupyter of its own.
$(FOREIGN)/.nbgrader:
	$(PYTHON) -m venv $(FOREIGN)/nbgrader
	$(FOREIGN)/nbgrader/bin/python -m pip install --quiet --disable-pip-version-check nbgrader
	touch $@

# Keras runs on the course's own torch; beside it in .venv it would change what chapter 06 prints.
$(FOREIGN)/.keras: | $(VENV)/.installed
	$(INSTALL) --target $(FOREIGN)/keras --upgrade keras
	touch $@
