# Every target sets up what it needs. Nothing is installed outside this folder.
PYTHON ?= python3
BIN := .venv/bin
DBT := $(BIN)/dbt
LOG ?=
QUICK_TESTS := $(addprefix tests/ingest_app/,enrichment clients test_settings.py test_json_array.py \
	test_one_reader_of_the_url.py test_sessions.py test_writer.py test_schema.py \
	test_events_endpoint.py test_batch_endpoint.py)

# Models are read as builds compile them, is_incremental() and all: so the marts must be there.
MODELS := models analyses tests/reconcile tests/anomalies
MARTS_AT_HAND := test -n "$$DATABASE_URL" || { $(BIN)/footfall up && $(BIN)/footfall dbt --quiet run; }

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick audit audit-js docs snippet chromium wrk bench-ingest bench-rollups \
	bench-reports bench-soak pictures format lock clean \
	bi-superset test-superset

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.installed dbt_packages/.installed  ## make the environment in .venv

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 setup"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@ln -sf "$$($(BIN)/python -c 'from ingest_app.database.embedded import binaries; print(binaries() / "psql")')" $(BIN)/psql
	@touch $@

dbt_packages/.installed: .venv/.installed packages.yml packages/*/dbt_project.yml
	$(DBT) --quiet deps
	@touch $@

demo: setup  ## the whole way of an event; LOG=access.log replays a web server log
	$(BIN)/footfall demo $(if $(LOG),--log "$(LOG)")

# The dear ones stand first in pyproject.toml, and must not be put off for files with more tests. Three
# for two cores, as tests of faults and of browsers wait more than they work. A test that fails is tried
# once more, and the report says which and why.
test: setup chromium node_modules/.installed  ## every test, on throw-away databases; TEST_DATABASE_URL= tries another server
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 3 --reruns 1 --rerun-show-tracebacks

test-quick: setup  ## in a minute: the rules without a database, and the main ones of events with one
	$(BIN)/python -m pytest -n 2 --dist loadfile $(QUICK_TESTS)

audit: setup  ## format, lint, types, SQL lint, dead code, duplicates
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/pylint --disable=all --enable=duplicate-code --min-similarity-lines=6 \
		--ignore-imports=yes --ignore-signatures=yes ingest_app tests
	$(BIN)/sqlfluff lint --templater raw ingest_app/database
	@$(MARTS_AT_HAND)
	eval "$$($(BIN)/footfall env)"; $(BIN)/sqlfluff lint $(MODELS)

# Tests of pages say that they are left out where there is no browser, and two of them where there is no
# npm: one compares with the package web-vitals, one asks axe-core what cannot be read.
chromium:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& { apt-get install --quiet --yes chromium \
			|| { apt-get update --quiet && apt-get install --quiet --yes chromium; }; }; } \
		|| echo "Chromium is not here, and tests that need it will be left out: sudo apt-get install chromium"

node_modules/.installed: package.json package-lock.json
	@{ command -v npm >/dev/null && npm ci --silent --ignore-scripts --no-audit --no-fund && touch $@; } \
		|| echo "npm has not brought its packages, and what needs them will be left out"

audit-js: node_modules/.installed  ## types and lint of the scripts; needs node and npm
	npm run --silent audit

docs: setup  ## dbt's documentation, the documents and the decisions as a static site in target/site
	@test -n "$$DATABASE_URL" || $(BIN)/footfall up
	$(BIN)/footfall dbt docs generate --static
	$(BIN)/python docs/make_site.py target target/site
	@echo "open target/site/index.html, or serve it: $(BIN)/python -m http.server --directory target/site 8080"

# In a folder of its own, as Superset wants other versions of what Footfall has too.
.superset/.installed: bi/superset/requirements.lock
	$(PYTHON) -m venv .superset/venv
	.superset/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

bi-superset: setup .superset/.installed  ## Superset with the dashboard of bi/superset, on the database at hand; SUPERSET_PORT=8088
	@url="$${FOOTFALL_BI_URL:-$$($(BIN)/footfall url --bi)}" && test -n "$$url" \
		&& FOOTFALL_BI_URL="$$url" exec .superset/venv/bin/python bi/superset/serve.py

test-superset: setup .superset/.installed  ## every chart of it, asked through Superset, against the marts of the database at hand
	$(BIN)/python -m pytest bi/superset

snippet: setup  ## make the files that are served from the source in ingest_app/snippet/source
	$(BIN)/python -m ingest_app.snippet.making

# The load generator, a package of Debian's.
wrk:
	@command -v wrk >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& apt-get install --quiet --yes wrk; } \
		|| { echo "wrk, the load generator, is needed: sudo apt-get install wrk"; exit 1; }

BENCH_OPTIONS = $(if $(QUICK),--quick) $(if $(KEEP),--keep) $(if $(EVENTS),--events $(EVENTS)) \
	$(if $(MINUTES),--minutes $(MINUTES))

bench-ingest: setup wrk  ## how fast ingest is, in 25 minutes; QUICK=1 tries it out, ONLY=singles,batches chooses
	$(BIN)/python -m benchmarks ingest $(BENCH_OPTIONS) --only "$(ONLY)"

bench-rollups: setup  ## how dear rollups are, in an hour; QUICK=1 tries it out, ONLY=build,touched chooses
	$(BIN)/python -m benchmarks rollups $(BENCH_OPTIONS) --only "$(ONLY)"

bench-reports: setup wrk  ## how fast reports are, and a purge under load; QUICK=1, ONLY=summary,purge
	$(BIN)/python -m benchmarks reports $(BENCH_OPTIONS) --only "$(ONLY)"

bench-soak: setup  ## everything at once for an hour: memory, drift, counts; QUICK=1, MINUTES=25, EVENTS=2000000
	$(BIN)/python -m benchmarks soak $(BENCH_OPTIONS)

pictures: setup chromium  ## the pictures of docs/pictures anew, of the data that make demo has made
	$(BIN)/python -m tests.support.pictures

format: setup  ## put Python and SQL in shape
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	@$(MARTS_AT_HAND)
	eval "$$($(BIN)/footfall env)"; $(BIN)/sqlfluff fix $(MODELS)

lock: setup  ## renew requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-strip-extras --no-header \
		--python-version 3.11 --extra dev --upgrade --quiet -o requirements.lock pyproject.toml

clean:  ## remove everything that was made here; the embedded database too
	-$(BIN)/footfall down
	rm -rf .venv .footfall .superset target logs dbt_packages package-lock.yml node_modules build *.egg-info \
		.hypothesis .mypy_cache .pytest_cache .ruff_cache
