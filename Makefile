# Each command sets up .venv by itself (tools/setup.sh) and needs no other one first.
#   make demo            generate tiles, train, test, write answer.json and pictures
#   make test            everything that CI checks
#   make lint            the quick part of it: ruff and mypy
#   make docs            the site, in site/; any warning or dead link fails
#   make doctor          is this machine ready? one line a check
#   make test-compiled   the operators once more, against mmcv's compiled ones (builds them: 20 min)
#   make setup           only set up
#   make clean           remove what the commands above left, but for data/ and work_dirs/
# Another Python: make setup PYTHON=/path/to/python3.12

.PHONY: demo test browser lint docs doctor test-compiled setup setup-dev clean
export PYTHON

PY := .venv/bin/python
JOBS ?= 2

demo: setup
	@$(PY) tools/demo.py

test: lint docs browser
	@$(PY) -m pytest -n $(JOBS) --dist loadfile --doctest-modules mmnuc tests

# The report is tested in Chromium where there is one, or Debian's can be installed without asking.
browser:
	@command -v chromium >/dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
		{ apt-get -qq update && apt-get install -yqq --no-install-recommends chromium; } \
		>/dev/null 2>&1 || echo 'no Chromium: the tests of the report in a browser are skipped'

lint: setup-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

# An environment of its own: the sources are read and not imported, so it needs no torch.
docs:
	@cmp -s requirements-docs.txt .venv-docs/done || { rm -rf .venv-docs && \
		$$([ -x $(PY) ] && echo $(PY) || echo $${PYTHON:-python3}) -m venv .venv-docs && \
		.venv-docs/bin/pip install -q -r requirements-docs.txt && \
		cp requirements-docs.txt .venv-docs/done; }
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet --strict
	@echo 'the site is in site/: open site/index.html'

doctor: setup
	@$(PY) -m mmnuc.doctor

test-compiled:
	@tools/test_compiled.sh

setup:
	@tools/setup.sh

setup-dev:
	@tools/setup.sh dev

clean:
	rm -rf .venv .venv-compiled .venv-docs .venv.lock site build dist *.egg-info .*_cache .hypothesis
	find mmnuc tools tests configs benchmarks -name __pycache__ -prune -exec rm -rf {} +
