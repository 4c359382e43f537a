# `make start` runs the marketplace, `make test` its tests. `make help` lists the rest.
PYTHON := .venv/bin/python
ARGS :=

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: venv
venv:
	@sh local/bootstrap.sh >&2  # what `make shell-env` prints is for the shell

.PHONY: start
start: export PORT ?= 8000
start: venv  ## Run the marketplace with its demo; PORT=8010 for another port, DATABASE_URL and REDIS_URL for other servers
	@exec $(PYTHON) -m local.start

.PHONY: reset
reset: venv  ## Throw away the demo's data
	@exec $(PYTHON) -m local.reset

.PHONY: test
test: venv  ## Run the whole suite, or a part of it: make test ARGS="tests/orders -q"
	@exec $(PYTHON) -m pytest $(ARGS)

.PHONY: check
check: venv  ## Lint, types, layers of imports, templates, migrations and catalogues
	@sh local/check.sh

.PHONY: shell-env
shell-env: venv  ## Print what a shell needs for manage.py: eval "$$(make -s shell-env)", DB=name for a database of your own
	@exec $(PYTHON) -m local.shell_env

.PHONY: stop
stop: venv  ## Stop the servers that `make shell-env` left running
	@exec $(PYTHON) -m local.stop

.PHONY: lock
lock:  ## Compile the locked requirements from pyproject.toml
	@.venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		pyproject.toml -o requirements.txt
	@.venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--extra local pyproject.toml -o requirements-local.txt

.PHONY: bench
bench: venv  ## Measure pages at 1,000 to 50,000 products, orders and lists, as ratios to limit views (PRODUCTS=10000 SECONDS=4)
	@exec $(PYTHON) -m bench

.PHONY: torture
torture: venv  ## Kill web server, worker and the stand-in for Stripe at points of buying, and audit: make torture ARGS="--points 50 --seed 7"
	@DAYLILY_ENV=demo DATABASE_URL="postgresql://nobody@/none?host=/nonexistent" exec $(PYTHON) manage.py torture $(ARGS)
