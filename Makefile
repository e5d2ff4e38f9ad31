# `make` or `make help` lists what there is. PYTHON=python3.12 chooses the interpreter. Everything is installed into .venv;
# the network is needed only for that.

PYTHON  ?= python3
lang := zh

HELP    := 安装没有成功：看看能不能上网，或者换一个镜像：PIP_INDEX_URL=镜像地址 make lab · installing failed: is there a network? With a mirror: PIP_INDEX_URL=address make lab

VENV    := .venv
BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt

.PHONY: help lab

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

lab: $(VENV)/.installed  ## set everything up and open the course (make lab lang=en: in English)
	$(BIN)/rnn-course doctor --lang $(lang)
	$(BIN)/rnn-course lab --lang $(lang)

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("the course needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import shutil, sys; free = shutil.disk_usage(".").free / 1e9; free > 2 or sys.exit(f"磁盘只剩 {free:.1f} GB，至少要 2 GB（小号 torch，见 README） · only {free:.1f} GB of disk left; the course needs 2 GB at least, with the small torch (README)")'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "安装程序包，要几分钟，下载进度在下面 · installing packages, a few minutes; the downloads are shown below"
	$(INSTALL) -e . || { echo "$(HELP)" >&2; exit 1; }
	touch $@

# ---- For authors: a class release ends here. WORKERS=4 says how many tests run at a time; what only nbgrader, Notebook 7
# and Keras need is installed into $(FOREIGN).

WORKERS ?= 2
FOREIGN ?= $(HOME)/.cache/rnn-course
PYTEST  := $(BIN)/python -m pytest -n $(WORKERS)

# Where they are installed, the tests that need them run in `make test` too.
export COURSE_NBGRADER  := $(wildcard $(FOREIGN)/nbgrader/bin/nbgrader)
export COURSE_NOTEBOOK7 := $(wildcard $(FOREIGN)/notebook7/bin/jupyter-notebook)
export COURSE_KERAS     := $(wildcard $(FOREIGN)/keras)

.PHONY: test test-all foreign build check site seeds

test: $(VENV)/.installed-test  ## the suite; notebooks unchanged since they were verified are not run again
	$(PYTEST) -m "not full"

test-all: $(VENV)/.installed-test foreign  ## everything, nbgrader and Keras included; writes tests/verified.json
	COURSE_NBGRADER=$(FOREIGN)/nbgrader/bin/nbgrader COURSE_NOTEBOOK7=$(FOREIGN)/notebook7/bin/jupyter-notebook \
	COURSE_KERAS=$(FOREIGN)/keras $(PYTEST) --record-verified

foreign: $(FOREIGN)/.nbgrader $(FOREIGN)/.notebook7 $(FOREIGN)/.keras site/node_modules  ## what the tests with nbgrader, Notebook 7, Keras and the website need

build: $(VENV)/.installed  ## notebooks, README tables and the architecture picture, from source/ and the imports
	$(BIN)/rnn-course build

site: $(VENV)/.installed-site site/node_modules  ## the website, in build/site; nothing is executed (npm brings MathJax)
	$(BIN)/rnn-course site

seeds: $(VENV)/.installed  ## every chapter with other seeds: which claims hold, seconds, memory; writes docs/seeds.md
	mkdir -p build
	$(BIN)/python benchmarks/seeds.py > build/seeds.md && mv build/seeds.md docs/seeds.md

check: $(VENV)/.installed-test  ## translations fresh, terms kept, generated files equal to their source; code linted
	$(BIN)/rnn-course check
	$(BIN)/ruff check
	$(BIN)/ruff format --check

$(VENV)/.installed-test: $(VENV)/.installed
	$(INSTALL) -e ".[test]"
	touch $@

$(VENV)/.installed-site: $(VENV)/.installed
	$(INSTALL) -e ".[site]"
	touch $@

site/node_modules: site/package.json
	npm install --prefix site --no-package-lock --no-audit --no-fund
	touch $@

# nbgrader brings a Jupyter of its own.
$(FOREIGN)/.nbgrader:
	$(PYTHON) -m venv $(FOREIGN)/nbgrader
	$(FOREIGN)/nbgrader/bin/python -m pip install --quiet --disable-pip-version-check nbgrader
	touch $@

# Notebook 7 brings a Jupyter of its own, too; the kernel is the course's.
$(FOREIGN)/.notebook7:
	$(PYTHON) -m venv $(FOREIGN)/notebook7
	$(FOREIGN)/notebook7/bin/python -m pip install --quiet --disable-pip-version-check "notebook>=7,<8" jupyterlab_widgets
	touch $@

# Keras runs on the course's own torch; beside it in .venv it would change what chapter 06 prints.
$(FOREIGN)/.keras: | $(VENV)/.installed
	$(INSTALL) --target $(FOREIGN)/keras --upgrade keras
	touch $@
