# `make lab` opens the course; `make test` runs every test. `make help` lists the rest.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
SIGNED := $(VENV)/signed
PYTEST := $(BIN)/python -m pytest
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# JupyterLab keeps its settings in the environment: nobody's own set-up can disturb the course.
LAB_ENV := JUPYTER_CONFIG_DIR="$(CURDIR)/$(VENV)/jupyter" \
	JUPYTER_DATA_DIR="$(CURDIR)/$(VENV)/jupyter" JUPYTER_PREFER_ENV_PATH=1
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings
NO_NEWS := {"@jupyterlab/apputils-extension:notification": \
	{"fetchNews": "false", "checkForUpdates": false}}

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help lab test check test-unit test-lessons test-browser test-update lessons site lite slides pdf \
	pictures bench clean

help:  ## List these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "mlmteach needs Python 3.11 or newer; \"$(PYTHON)\" is not one." \
			"Name one that is, for example: make $(or $(MAKECMDGOALS),lab) PYTHON=python3.12" >&2; \
		exit 1; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing mlmteach and what it needs into $(VENV). This happens once and takes some minutes."
	@if [ -t 1 ]; then quiet=; else quiet=--quiet; fi; \
		$(BIN)/python -m pip install --disable-pip-version-check $$quiet --editable ".[lab,site,test]"
	@mkdir -p $(LAB_SETTINGS)
	@echo '$(NO_NEWS)' > $(LAB_SETTINGS)/overrides.json
	@touch $@

# JupyterLab knows what it may trust by signatures; without one, panels are pictures until they run.
$(SIGNED): $(READY) $(wildcard lessons/src/*.py)
	@$(LAB_ENV) $(BIN)/python -m nbformat.sign --log-level=WARN \
		$(patsubst lessons/src/%.py,lessons/%.ipynb,$(wildcard lessons/src/[0-9]*.py)) >/dev/null
	@touch $@

lab: $(SIGNED)  ## Open the lessons in JupyterLab (ARGS=--no-browser prints the address only)
	$(LAB_ENV) $(BIN)/python -m jupyterlab $(AS_ROOT) lessons/00_start_here.ipynb $(ARGS)

test: $(READY)  ## Run every check and every test
	@$(MAKE) --no-print-directory check test-unit test-lessons test-browser

check: $(READY)  ## Style (ruff), types (mypy) and spelling (codespell)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict mlmteach
	$(BIN)/codespell

# One thread a worker: two workers with two BLAS threads each would fight over two cores.
test-unit: $(READY)  ## Unit tests, reference tests and the examples in docstrings
	OPENBLAS_NUM_THREADS=1 $(PYTEST) -n 2 --dist loadscope -m "not browser" $(ARGS)

test-lessons: $(READY)  ## Run every lesson and compare the numbers that matter
	$(PYTEST) --nbval-lax --nbval-current-env -n 2 --dist loadscope $(wildcard lessons/*.ipynb)

test-browser: $(READY)  ## Open the lessons in JupyterLab with Chromium
	$(PYTEST) -m browser tests/browser

test-update: $(READY)  ## Accept the present output as the new snapshots (read the diff)
	$(PYTEST) -m "not browser" --snapshot-update tests

lessons: $(READY)  ## Make lessons/*.ipynb from lessons/src/*.py (ARGS=02 makes one)
	$(BIN)/python -m mlmteach.course $(ARGS)

# REPOSITORY=owner/name adds links to Binder and Colab; ARGS takes the options of mlmteach site.
site: $(READY)  ## Make the lessons a web site in build/site, with their slides
	$(BIN)/python -m mlmteach site build/site --slides $(if $(REPOSITORY),--repository $(REPOSITORY)) $(ARGS)

lite: $(READY)  ## The same site with notebooks that run in the browser (JupyterLite)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable ".[lite]"
	$(BIN)/python -m hatchling build -t wheel -d build/wheel
	$(MAKE) --no-print-directory site ARGS="--lite $$(ls build/wheel/*.whl) $(ARGS)"

slides: $(READY)  ## Make slides of the lessons in build/slides (ARGS="02 05" makes two)
	$(BIN)/python -m mlmteach slides --output build/slides --lessons $(ARGS)

pdf: $(READY)  ## Print the lessons to PDF in build/pdf/lessons (needs Chromium)
	$(BIN)/python -m mlmteach site build/pdf --pdf $(ARGS)

bench: $(READY)  ## Measure speed against other programs (ARGS=--quick takes a minute)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable ".[bench]"
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.bench_grading $(ARGS)
	$(BIN)/python -m benchmarks.bench_explore $(ARGS)

# The browser test moves each panel and photographs it; the readme shows three of the photographs.
pictures: $(READY)  ## Take the pictures of the readme from the live panels
	MLMTEACH_REQUIRE_BROWSER=1 $(PYTEST) -m browser tests/browser/test_explore.py -k every_panel
	mkdir -p lessons/pictures
	for panel in shrinkage random_slopes ladder; do \
		cp tests/browser/screenshots/only_$$panel.png lessons/pictures/$$panel.png; done

clean:  ## Remove the environment and everything that tests leave behind
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/browser/screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
