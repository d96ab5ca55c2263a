# Everything a developer does with Tandem; `make help` lists it.

UV_VERSION := 0.13.9
HELM_VERSION := v3.21.4

BIN := .venv/bin
HELM := .tandem/helm-$(HELM_VERSION)/helm
CHART := deploy/helm/tandem
PYTEST := $(BIN)/python -m pytest

# The first Python on the PATH that Tandem runs on.
USABLE := import sys; sys.exit(sys.version_info[:2] < (3, 11))
PYTHON ?= $(firstword $(foreach python,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(python) -c '$(USABLE)' 2>/dev/null && echo $(python))))

KAFKA_PORT ?= 9092
REGISTRY_PORT ?= 8081

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast check kafka kafka-down bench docs chart clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## Install Tandem and its locked dependencies into .venv (the command: .venv/bin/tandem)

.venv/.ready: pyproject.toml uv.lock
	@test -n "$(PYTHON)" || { echo "Tandem needs Python 3.11 or later on the PATH." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
		rm -rf .venv; echo "Python's venv module is missing (Debian: python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m uv --version 2>/dev/null | grep -qF "$(UV_VERSION)" || { \
		$(BIN)/python -m ensurepip -q 2>/dev/null; \
		$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION); }
	env -u VIRTUAL_ENV UV_PYTHON_DOWNLOADS=never $(BIN)/python -m uv sync --frozen -q --compile-bytecode
	@touch $@

demo: setup ## Play real orders through Kafka, the shop, M3 and Heartland, all on this machine
	$(BIN)/tandem demo $(ARGS)

test: setup ## Run all tests, the integration tests on a real Kafka broker
	@if command -v go >/dev/null; then $(MAKE) -s $(HELM) || echo "Without Helm: see make chart" >&2; fi
	$(PYTEST) $(ARGS)

test-fast: setup ## Run the tests that need no broker
	$(PYTEST) -m "not integration and not e2e" $(ARGS)

check: setup ## Check format, style, types, layers and that the generated docs are fresh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy deploy/kafka/jars.py
	$(BIN)/lint-imports
	$(BIN)/tandem docs --check

kafka: setup ## Start Kafka and a schema registry without Docker; prints their addresses (Java 17, Maven)
	@$(BIN)/python deploy/kafka/jars.py up --kafka-port $(KAFKA_PORT) --registry-port $(REGISTRY_PORT)

kafka-down: setup ## Stop what `make kafka` started
	@$(BIN)/python deploy/kafka/jars.py down

bench: setup ## Measure the engine beside a plain Kafka loop, on a real broker
	$(BIN)/python -m bench $(ARGS)

docs: setup ## Write the generated parts of the docs anew
	$(BIN)/tandem docs

chart: setup $(HELM) ## Lint and render the Helm chart (Go, to install Helm once)
	$(HELM) lint --strict $(CHART) -f $(CHART)/ci/example-values.yaml --kube-version 1.31.0
	$(PYTEST) tests/contract/test_helm.py

$(HELM):
	@command -v go >/dev/null || { echo "make chart needs Go, to install Helm." >&2; exit 1; }
	GOBIN=$(CURDIR)/$(@D) go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)

clean: ## Remove what was made here: .venv, jars, caches
	@test ! -x $(BIN)/python || $(BIN)/python deploy/kafka/jars.py down 2>/dev/null || true
	rm -rf .venv .tandem dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
