# What a newcomer and CI need. Nothing but Python (3.11 or newer), make and, on a bare Debian, apt.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ROOT   := $(shell test "$$(id -u)" = 0 || command -v sudo)
# Most tests wait for other processes: four at once keep even two cores busy. A browser, and a storm, have them alone.
AT_ONCE := -n 4 --dist worksteal
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# The tests start some thousand Pythons: compiled once, jobnb is loaded a fifth faster by each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo check test bench chaos lab notebooks clean anatomy

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.stamp-run  ## Run Hello World on the cluster that comes with jobnb
	@$(BIN)/jobnb run "Hello World" who="$(or $(WHO),world)"
	@$(BIN)/jobnb results --limit 5

check: $(VENV)/.stamp-dev  ## Prove a commit: format, lint, types, floors, fast tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -m "not cluster and not kernel"

test: $(VENV)/.stamp-dev $(VENV)/.stamp-browser  ## Run everything: real clusters, databases, kernels
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q $(AT_ONCE) --cov=jobnb.authoring --cov-branch --cov-fail-under=100 --cov-report= tests/authoring
	$(BIN)/pytest -q $(AT_ONCE) --ignore=tests/authoring --ignore=tests/browser --ignore=tests/chaos
	$(BIN)/pytest -q tests/browser tests/chaos

bench: $(VENV)/.stamp-dev $(VENV)/.stamp-browser  ## Measure, beside bare Dask and bare ipywidgets
	$(BIN)/python -m tests.benchmarks.bench
	$(BIN)/python -m tests.benchmarks.form_bench
	$(BIN)/python -m tests.benchmarks.history_bench
	$(BIN)/python -m tests.benchmarks.catalog_bench
	$(BIN)/python -m tests.benchmarks.memory_bench

anatomy: $(VENV)/.stamp-dev  ## Show what the time of one run is made of
	$(BIN)/python -m tests.benchmarks.anatomy

chaos: $(VENV)/.stamp-dev  ## Run 500 jobs while everything is killed at random, on both databases
	$(BIN)/python -m tests.chaos.storm $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m tests.chaos.storm --database postgresql $(if $(SEED),--seed $(SEED))

lab: $(VENV)/.stamp-lab  ## Open JupyterLab on the first notebook
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir=$(CURDIR) notebooks/01_first_job.ipynb

notebooks: $(VENV)/.stamp-dev  ## Run the notebooks and save them with their outputs
	$(BIN)/python -m tests.kernel.save_notebooks

clean:  ## Remove what make made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# Each stamp is a state of the virtual environment.

$(VENV)/.stamp-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "jobnb needs Python 3.11 or newer: make PYTHON=...")'
	@$(PYTHON) -m venv $(VENV) || { apt-get update && apt-get install --yes python3-venv && $(PYTHON) -m venv $(VENV); }
	$(PIP) --upgrade pip
	@touch $@

$(VENV)/.stamp-run: $(VENV)/.stamp-venv pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-run
	$(PIP) --group lint --group test
	@touch $@

# A browser: one that is installed, else Debian's, else the one that Playwright brings.
$(VENV)/.stamp-browser: $(VENV)/.stamp-dev
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || { command -v apt-get >/dev/null && $(ROOT) apt-get update -qq && $(ROOT) apt-get install -qq --yes chromium; } \
	  || $(BIN)/python -m playwright install chromium
	@touch $@

$(VENV)/.stamp-lab: $(VENV)/.stamp-run
	$(PIP) --group notebook
	@touch $@
