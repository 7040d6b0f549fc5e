# Everything runs in .venv, which `make` creates; needs Python 3.11 or newer with pip and venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint quality bench interop wheel chromium raptor clean help bench-queries bench-page axe bench-serve test-kills test-spark bench-scale

help: ## Say what the targets do
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/installed ## Build the graph of the bundled papers into output/demo and ask it three questions
	$(BIN)/kg demo

test: $(VENV)/developed chromium ## Set up what the tests need, and run them
	$(BIN)/pytest

test-spark: $(VENV)/developed ## Install what Spark needs, where it is missing, and compare its graph with the local one
	@command -v java >/dev/null || (command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq \
	  && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless) \
	  || { echo "Spark needs Java 17: install your distribution's openjdk-17-jre-headless"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,spark]'
	$(BIN)/pytest tests/test_spark.py

test-kills: $(VENV)/developed ## Kill a build of 5,000 papers 20 times, and compare its end with an undisturbed one
	KG_KILLS=20 KG_KILL_PAPERS=5000 $(BIN)/pytest tests/test_interruption.py -k random_moments

lint: $(VENV)/developed ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

quality: $(VENV)/developed ## Say how good extraction is on unseen papers, and score it on the annotated demo papers
	$(BIN)/kg eval
	$(BIN)/kg extract -q kg/data/demo/papers.jsonl -o output/demo-records.jsonl
	$(BIN)/kg eval tests/gold/demo.jsonl output/demo-records.jsonl

bench: $(VENV)/developed ## Time extraction against the bare tokenizer
	$(BIN)/python -m tests.bench_extraction

bench-scale: $(VENV)/developed ## Time and memory of builds of 1,000 and 10,000 papers, and of an addition
	$(BIN)/python -m tests.bench_scale

interop: $(VENV)/developed raptor output/interop/installed ## Have programs of others read what is written, Comunica and rapper among them
	KG_INTEROP=1 $(BIN)/pytest -m interop --durations=5 tests/test_interop.py

bench-queries: $(VENV)/developed ## Time the ready questions on some hundred papers and on 100,000
	$(BIN)/python -m tests.bench_queries

bench-page: $(VENV)/developed chromium ## Open the page and pyvis's default page of the same graphs side by side
	$(BIN)/python -m tests.bench_page

axe: ## Fetch axe-core with npm; with it the browser tests check accessibility
	mkdir -p output/axe
	npm pack --silent --pack-destination output/axe axe-core@4 >/dev/null
	tar -xzf output/axe/axe-core-4.*.tgz -C output/axe && rm output/axe/axe-core-4.*.tgz

bench-serve: $(VENV)/developed ## Time the server with 1, 8 and 64 clients at once
	$(BIN)/python -m tests.bench_server

wheel: $(VENV)/developed ## Build the wheel and try it from another folder
	./.ci/wheel $(BIN)/python

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/developed: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# The browser tests drive the distribution's Chromium; without it they skip and say so.
chromium:
	@if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null \
	  && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "installing chromium for the browser tests"; \
	  (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1 \
	    || echo "chromium could not be installed: the browser tests will skip"; \
	fi

raptor:
	@if ! command -v rapper >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "installing raptor2-utils"; \
	  (apt-get update -qq && apt-get install -y -qq --no-install-recommends raptor2-utils) >/dev/null; \
	fi

# Comunica 4 is the newest that runs on Node 18 and 20.
output/interop/installed:
	mkdir -p $(@D)
	npm install --prefix $(@D) --no-audit --no-fund --silent @comunica/query-sparql-file@4 graphology@0.26 graphology-gexf@0.13
	touch $@

clean: ## Remove the environment, caches and build products
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache *.egg-info
	find output -mindepth 1 ! -name .gitignore -delete
