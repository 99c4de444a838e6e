# pawang: everything the machine will ask is `make check`; `make` alone lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
ARGS ?=
XDIST ?= -n 2

.PHONY: help setup demo test clients clients-setup check format lint types contracts bench bench-peers fuzz fuzz-minute soak lock clean

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Wheels only and by hash: nothing is built from source, nothing unknown comes in (SEC16).
.venv/run: requirements/run.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing what pawang runs on (wheels, by hash) …"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/run.lock
	@echo "$(CURDIR)/src" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/pawang.pth"
	@printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m pawang "$$@"\n' "$(CURDIR)" > $(BIN)/pawang && chmod +x $(BIN)/pawang
	@touch $@

.venv/dev: .venv/run requirements/dev.lock
	@echo "installing what the checks need (wheels, by hash) …"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements/dev.lock
	@touch $@

# The machine code of the kernels: half a minute once, a tenth of a second from then on.
.venv/kernels: .venv/run $(wildcard src/pawang/kernels/*.py src/pawang/*/kernel.py src/pawang/*/kernels/*.py src/pawang/venues/*/quick.py)
	@$(BIN)/python -m pawang.kernels >&2
	@touch $@

setup: .venv/dev .venv/kernels  ## make the .venv with everything `make check` needs

demo: .venv/run .venv/kernels  ## the whole product offline, no key: ARGS='--headless --speed 60 --for 2h'
	@$(BIN)/pawang demo $(ARGS)

test: .venv/dev .venv/kernels  ## run the tests (some five minutes on 2 cores)
	@$(BIN)/python -m pytest $(XDIST) $(ARGS)

.venv-clients/ready: .venv/dev requirements/clients.lock
	@test -x .venv-clients/bin/python || $(PYTHON) -m venv .venv-clients
	@echo "installing ccxt, python-okx and nautilus_trader (wheels, by hash) …"
	@.venv-clients/bin/python -m pip --disable-pip-version-check -q install --require-hashes --only-binary :all: -r requirements/clients.lock
	@touch $@

clients-setup: .venv-clients/ready  ## make the .venv-clients with the real OKX clients

clients: .venv-clients/ready  ## real OKX clients trade against the simulated venue
	@$(BIN)/python -m pytest -m clients tests/clients $(ARGS)

format: .venv/dev  ## rewrite the code in the house's format
	@$(BIN)/ruff check --fix -q src tests; $(BIN)/ruff format -q src tests

lint: .venv/dev
	@$(BIN)/ruff format --check -q src tests
	@$(BIN)/ruff check -q src tests

types: .venv/dev
	@$(BIN)/mypy

contracts: .venv/dev
	@PYTHONPATH=src $(BIN)/lint-imports

check: lint types contracts fuzz-minute test  ## format, lint, types, import contracts, a minute of fuzz, tests

fuzz: .venv/dev  ## a million hostile inputs for the OKX parsers: ARGS='--inputs 1000000 --seed 7'
	@$(BIN)/python -m pawang.simulate.fuzz $(ARGS)

soak: .venv/dev  ## each fault once over real sockets, with a stopwatch (some six minutes)
	@$(BIN)/python -m pawang.operations.soak $(ARGS)

fuzz-minute: .venv/dev
	@echo "fuzz: one minute of hostile inputs …"
	@$(BIN)/python -m pawang.simulate.fuzz --seconds 60

bench: .venv/dev .venv/kernels  ## speed as ratios in one run: ARGS='okx_books --json'
	@$(BIN)/pawang bench $(ARGS)

PEERS := ccxt nautilus cryptofeed vectorbt

bench-peers: $(PEERS:%=.venv-peers/%/ready)  ## the environments of those we are compared with

.venv-peers/%/ready: requirements/peers-%.lock
	@echo "installing $* beside us (wheels, by hash) …"
	@test -x .venv-peers/$*/bin/python || $(PYTHON) -m venv .venv-peers/$*
	@.venv-peers/$*/bin/python -m pip --disable-pip-version-check -q install --require-hashes --only-binary :all: -r $<
	@touch $@

lock: .venv/dev  ## renew the lock files (hashes, no addresses)
	@cd requirements && PIP_FIND_LINKS= ../$(BIN)/pip-compile -q --strip-extras --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o run.lock ../pyproject.toml
	@cd requirements && PIP_FIND_LINKS= ../$(BIN)/pip-compile -q --strip-extras --allow-unsafe --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o dev.lock dev.in
	@cd requirements && for peer in $(PEERS); do PIP_FIND_LINKS= ../$(BIN)/pip-compile -q --strip-extras --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o peers-$$peer.lock peers-$$peer.in; done
	@cd requirements && PIP_FIND_LINKS= ../$(BIN)/pip-compile -q --strip-extras --allow-unsafe --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --pip-args='--only-binary :all:' -o clients.lock clients.in

clean:  ## remove the .venv and caches
	@rm -rf .venv .venv-clients .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis
