# The two commands: `make preshow` checks the studio, `make test` checks studiocheck.
.PHONY: preshow setup test fast hil bench lock schemas locale test-setup clean
BIN := .venv/bin
ARGS ?=

preshow: setup            ## set up, then the pre-show check (ARGS="--show-at 20:00 …" are passed on)
	@$(BIN)/studiocheck check --or-simulated $(ARGS)

setup:                    ## system libraries, .venv, package with its extras
	@tools/setup.sh run

test-setup:
	@tools/setup.sh test

test: test-setup          ## everything that must pass
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/studiocheck profile validate profiles/*.toml
	tools/test.sh

fast: test-setup          ## the tests that take less than five seconds
	OMP_NUM_THREADS=1 $(BIN)/pytest -n logical --dist loadfile -m "not slow" tests/unit tests/contract studiocheck

hil: test-setup          ## real drivers in a virtual machine (tests/hardware); skipped, visibly, where there can be none
	@tests/hardware/run.sh

bench: test-setup         ## ratios against the named peers
	$(BIN)/python -m tests.bench

schemas: setup            ## write the committed JSON Schemas again
	$(BIN)/studiocheck profile schema profile > profiles/schema.json
	$(BIN)/studiocheck profile schema studio > profiles/studio.schema.json
	$(BIN)/studiocheck profile schema record > profiles/record.schema.json

locale: test-setup        ## compile the Chinese words of the command line
	$(BIN)/pybabel compile -d studiocheck/cli/locale -D messages

lock:                     ## write the locks again (needs uv)
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml requirements/build.in --extra speedtest -o requirements/runtime.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 requirements/pyaudio.in -o requirements/pyaudio.txt
	uv pip compile -q --no-deps --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 requirements/face.in -o requirements/face.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml requirements/build.in --extra speedtest --group dev -c requirements/runtime.txt -o requirements/dev.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 requirements/mos.in -c requirements/dev.txt -o requirements/mos.txt

clean:                    ## remove what setup made
	rm -rf .venv .setup
