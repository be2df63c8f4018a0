# Two commands matter: `make demo` and `make test`. The work is done by the scripts in tools/.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test bench lint format fuzz sanitize mutants parity install clean setup build

PREFIX ?= /usr/local

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

demo: ## set up, build, fetch real data, and show the whole program (SERVE=1 leaves the server up)
	@tools/setup build
	@tools/build solvent
	@tools/fetch
	@SERVE="$(SERVE)" tools/demo

test: ## set up, build, and run every test there is (CI=true: small benches, linters, sanitizers and fuzzers too)
	@tools/setup build test $(if $(filter true,$(CI)),bench lint fuzz)
	@tools/build
	@tools/fetch
	@tools/run_tests

bench: ## every performance claim beside its peer: MET, MISSED or NOT MEASURED
	@tools/setup build test bench
	@tools/build
	@tools/fetch
	@tools/bench

lint: ## clang-format, clang-tidy and shellcheck on every file
	@tools/setup build lint
	@tools/build
	@tools/lint

format: ## rewrite the C++ files in the house layout
	@tools/setup lint
	@git ls-files -z '*.h' '*.cc' | xargs -0 -r clang-format-19 -i

fuzz: ## run every fuzzer for FUZZ_SECONDS (default 600) in all
	@tools/setup build fuzz test
	@tools/fuzz "$(or $(FUZZ_SECONDS),600)"

sanitize: ## every C++ test under the address, undefined-behaviour and thread sanitizers
	@tools/setup build test fuzz
	@tools/fetch
	@tools/run_tests asan tsan-all

mutants: ## switch off each sync and each check in turn: a test must turn red
	@tools/setup build test
	@tools/mutants

parity: ## install the peers and regenerate, byte for byte, the fixtures made by them
	@tools/setup build test parity
	@tools/build
	@tools/fetch
	@tests/parity/run

install: build ## install into PREFIX (default /usr/local)
	@cmake --install build/release --prefix "$(PREFIX)"

clean: ## remove build/ (downloads stay in the cache)
	@rm -rf build

setup: ## install everything that building and testing needs
	@tools/setup build test bench lint fuzz

build: ## set up and build everything
	@tools/setup build
	@tools/build
