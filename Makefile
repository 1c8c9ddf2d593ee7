# Few verbs; each is a script that also runs without make.
.PHONY: run test test-fast lint bench docs clean
run: ## the appliance (or its demo) on this machine
	scripts/run
test: ## everything: style, types, structure, all tests
	scripts/test
test-fast: ## what needs no server and no patience
	scripts/test fast
lint: ## mend and check style, types and structure
	.venv/bin/ruff check --fix . && .venv/bin/ruff format . && .venv/bin/mypy && .venv/bin/lint-imports
bench: ## the table of docs/benchmarks.md, measured here and now
	.venv/bin/dt bench
docs: ## files that are generated from the code
	.venv/bin/python -P scripts/generate_docs.py
clean: ## what a build or a test leaves behind; never data
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
