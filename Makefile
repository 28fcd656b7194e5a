# Every target sets up what it needs: `make demo` works on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: setup demo test test-pg bench soak lint lock schema keys commands screenshots messages clean
.DEFAULT_GOAL := setup

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make setup PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --config-settings editable_mode=compat --editable .
	@touch $(STAMP)

demo: setup
	@$(BIN)/erp demo $(ARGS)

test: setup
	$(BIN)/python -m pytest $(ARGS)

test-pg: setup
	@$(BIN)/python -m tests.postgres $(ARGS)

soak: setup
	$(BIN)/python -m pytest -m soak -n 0 --timeout 0 $(ARGS)

bench: setup
	$(BIN)/python -m tests.bench $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

schema: setup
	DJANGO_SETTINGS_MODULE=server.config.settings.test $(BIN)/python -m django spectacular --file docs/openapi.yaml

# Needs uv on the PATH: https://docs.astral.sh/uv/. No address of a registry goes into the lock.
lock:
	uv pip compile pyproject.toml --quiet --extra dev --extra postgres --extra backup --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

# After a change of what the program says: gathers it for the translators, and compiles their work.
messages: setup
	$(BIN)/python -m tests.catalogues

keys: setup
	$(BIN)/python -m erp_tui.core.keys.key_sheet > docs/keys.md

# After a change of an operation: what docs/commands/ says of it.
commands: setup
	$(BIN)/python -m tests.command_pages

screenshots: setup
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf $(VENV) build dist *.egg-info
