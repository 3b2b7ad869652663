# Every chore, on a bare Debian 12: python3 (3.11 or later), python3-venv and make.
#
#   make app      the application on this machine, with your data or the demonstration
#   make test     everything the tests can tell
#
# PORT=8502 make app          another port
# EVIDENCE_HOME=/srv/x make   another place for the data
# PUBLIC_HOST=name make serve the name visitors type, behind a proxy

PYTHON ?= python3
PORT ?= 8501
PUBLIC_HOST ?= localhost

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
ASSETS := .cache/.prepared
DEMO := data/demo/.current

# What the demonstration depends on: newer than it, and it is built again.
SOURCES := $(shell find analytics data -path data/demo -prune -o -path data/local -prune \
	-o -type f -not -path '*/__pycache__/*' -print 2>/dev/null)

# The state served: the one named, else what was imported here, else the demonstration.
ifdef EVIDENCE_HOME
  STATE := $(EVIDENCE_HOME)
else ifneq ($(wildcard data/local/home.json),)
  STATE := data/local
else
  STATE := data/demo
  NEEDED := $(DEMO)
endif

# What links and QR codes in files point to: the name visitors type.
export EVIDENCE_PUBLIC_URL ?= http://$(PUBLIC_HOST):$(PORT)

STREAMLIT := $(BIN)/python -m streamlit run app.py --server.port $(PORT)

.DEFAULT_GOAL := help
.PHONY: help setup demo app serve test test-spark check docs bench evidence-check fuzz faults load \
	audit lock clean

help:
	@sed -n 's/^## //p' Makefile

## make app      serve on this machine only, you are the manager
app: setup $(NEEDED)
	@echo "http://localhost:$(PORT)   data: $(STATE)"
	EVIDENCE_HOME=$(STATE) EVIDENCE_ROLE=manager $(STREAMLIT) --server.address 127.0.0.1

## make serve    serve to everyone, public until logged in
serve: setup $(NEEDED)
	@echo "http://$(PUBLIC_HOST):$(PORT)   data: $(STATE)"
	env -u EVIDENCE_ROLE EVIDENCE_HOME=$(STATE) $(STREAMLIT) \
		--server.address 0.0.0.0 --browser.serverAddress $(PUBLIC_HOST)

## make setup    install what the application needs
setup: $(RUNTIME) $(ASSETS)

## make demo     build the demonstration
demo: $(DEMO)

## make test     run the tests
test: $(DEV)
	@command -v chromium || command -v chromium-browser || command -v google-chrome \
		|| { echo "Chromium is missing: apt-get install $$(tr '\n' ' ' < packages.txt)"; exit 1; }
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not spark"

## make test-spark   the models on Apache Spark give the same tables (needs Java 17)
test-spark: $(DEV)
	@command -v java >/dev/null || { echo "Java 17 is missing: apt-get install openjdk-17-jre-headless"; exit 1; }
	$(BIN)/pip install --quiet -r requirements-spark.txt
	$(BIN)/python -m pytest -q -m spark

## make check    style, types, and the data's own tests
check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/mypy
	@if [ -e $(STATE)/home.json ]; then $(BIN)/python -m analytics check --home $(STATE); fi

## make docs     write docs/dictionary.md from the contracts and the indicators
docs: $(RUNTIME)
	$(BIN)/python -m analytics.publishing.dictionary

## make bench    measure the budgets: first visit, import, view change, idle sessions
bench: $(DEV) $(ASSETS) $(NEEDED)
	$(BIN)/python -m benchmarks.first_visit --home $(STATE) --slow
	$(BIN)/python -m benchmarks.import_observations
	$(BIN)/python -m benchmarks.idle
	$(BIN)/python -m benchmarks.view_change
	$(BIN)/python -m benchmarks.publishing --home $(STATE)

## make evidence-check  does the evidence engine find what is there, and nothing else? (by hand)
evidence-check: $(DEV)
	$(BIN)/python -m benchmarks.evidence_check --seeds $(or $(SEEDS),20) --groups $(or $(GROUPS),5000)

## make fuzz     throw damaged and odd files at the import (CASES=20000)
fuzz: $(DEV)
	$(BIN)/python -m benchmarks.fuzz_import --cases $(or $(CASES),20000)

## make faults   kill imports and builds at random moments, fill the disk (KILLS=200)
faults: $(DEV)
	$(BIN)/python -m benchmarks.faults --kills $(or $(KILLS),200)

## make load     100 visitors on one process while versions are published (MINUTES=10), and
##               on two processes behind nginx
load: $(DEV) $(ASSETS)
	$(BIN)/python -m benchmarks.load --minutes $(or $(MINUTES),10)
	$(BIN)/python -m benchmarks.processes

## make audit    known faults of what is pinned (needs https://pypi.org, nothing installed)
# --strict: a package that the index does not know was not audited, and that is no clean bill.
audit:
	$(PYTHON) -m venv .cache/audit
	.cache/audit/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	.cache/audit/bin/pip-audit --strict --no-deps --disable-pip \
		--requirement requirements.txt --requirement requirements-dev.txt

## make lock     resolve requirements again
lock:
	rm -rf .cache/lock && $(PYTHON) -m venv .cache/lock
	.cache/lock/bin/pip install --quiet -r requirements.in
	{ echo "# Resolved from requirements.in by \`make lock\`."; \
		.cache/lock/bin/pip freeze; } > requirements.txt
	.cache/lock/bin/pip install --quiet -r requirements-dev.in
	{ echo "# Resolved from requirements-dev.in by \`make lock\`."; echo "-r requirements.txt"; \
		.cache/lock/bin/pip freeze | grep -vxF -f requirements.txt; } > requirements-dev.txt
	rm -rf .cache/lock

## make clean    remove what make has built; never data/local
clean:
	rm -rf $(VENV) .cache data/demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(ASSETS): $(RUNTIME) $(shell find pages -name '*.py' 2>/dev/null)
	@echo "Making Streamlit's scripts and fonts smaller: half a minute, once"
	$(BIN)/python -m pages.shared.assets
	@touch $@

# An import ends with 1 when it refused rows, and the demonstration has rows to refuse.
$(DEMO): $(RUNTIME) $(SOURCES)
	rm -rf data/demo
	$(BIN)/python -m analytics demo --home data/demo --out data/demo/files
	$(BIN)/python -m analytics import --home data/demo data/demo/files || [ $$? -eq 1 ]
	$(BIN)/python -m analytics build --home data/demo
	@touch $@
