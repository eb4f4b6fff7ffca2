# The commands of this project. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help run test conformance check fmt bench test-tls screenshots tools clean
BIND ?= 127.0.0.1:8000

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start a demonstration site; prints its address and tokens (BIND=127.0.0.1:8000)
	@scripts/tools.sh build
	cargo run -- demo --bind $(BIND)

test: ## Run every test; installs and starts what that needs
	@scripts/tools.sh
	cargo test --locked --no-fail-fast

conformance: ## Run the official MCP conformance suite alone; ends with one line per revision
	@scripts/tools.sh build node clients
	cargo test --locked --test it conformance::
	@cat target/conformance/*.txt

check: ## Check format, lints, documentation and the Dockerfile
	@scripts/tools.sh build lint
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --quiet
	target/tools/lint/bin/hadolint Dockerfile

fmt: ## Format the code
	cargo fmt

bench: ## Measure the guard and the tools; writes target/bench.json
	@scripts/tools.sh build bench
	cargo bench --locked --bench mcp

test-tls: ## Prove TLS to PostgreSQL; builds OpenSSL, so the first run takes minutes
	@scripts/tools.sh build postgres tls
	cargo test --locked --features pg-tls --test it tls::

screenshots: ## Take the pictures of docs/screenshots, of every page, in both sizes and themes
	@scripts/tools.sh build chromium screenshots
	rm -rf target/screenshots
	SCREENSHOTS=target/screenshots cargo test --locked --test it browser::screenshots
	rm -rf docs/screenshots
	mv target/screenshots docs/screenshots
	pngquant --force --ext .png --skip-if-larger 64 docs/screenshots/*.png

tools: ## Install only what the tests need, under target/tools
	@scripts/tools.sh

clean: ## Remove everything that was built or installed here
	cargo clean
	rm -rf tests/conformance/node_modules tests/browser/node_modules
