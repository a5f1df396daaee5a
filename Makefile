# Every target does its own set-up: nothing is needed but Python 3.11, git and make.

PYTHON ?= python3
RUN = .venv/bin/python
INSTALL = $(RUN) -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint bench bench-resolve campaign-http campaign-kill campaign-power \
  campaign-races campaign-inbox simulate campaign-duplicates fuzz \
  troubleshooting pin clean

demo: .venv/run  ## the whole story on invented samples, in a temporary folder
	@$(RUN) -m importer demo

test: .venv/dev lint  ## everything: style, types, tests
	@$(RUN) -m pytest -q

lint: .venv/dev
	@$(RUN) -m ruff check --quiet .
	@$(RUN) -m ruff format --quiet --check .
	@$(RUN) -m mypy

bench: .venv/dev  ## ratios against named peers, medians of alternating runs
	@BENCHMARKS=1 $(RUN) -m pytest -q -s tests/benchmarks

bench-resolve: .venv/dev  ## decisions against a known truth: make bench-resolve SEED=1 COUNT=20000 KIND=typo
	@PYTHONPATH=. $(RUN) tests/resolving/truth.py "$(SEED)" "$(COUNT)" "$(KIND)"

campaign-http: .venv/dev  ## every fault of the ERP and of the way to it: make campaign-http SEED=1 COUNT=500
	@$(RUN) tests/campaigns/over_http.py --seed "$(or $(SEED),1)" --count "$(or $(COUNT),0)"

campaign-kill: .venv/dev  ## killed or failing at every system call: make campaign-kill SEED=1 COUNT=500
	@$(RUN) tests/campaigns/kill_anywhere.py --seed "$(or $(SEED),1)" --count "$(or $(COUNT),0)"

campaign-power: .venv/dev  ## power cut after every write: make campaign-power SEED=1 COUNT=10000
	@$(RUN) tests/campaigns/power_cut.py --seed "$(or $(SEED),1)" --count "$(or $(COUNT),10000)"

simulate: .venv/dev  ## lives in virtual time, of twenty remittances: make simulate SEED=1 COUNT=1000000
	@$(RUN) tests/campaigns/simulation.py --seed "$(or $(SEED),1)" --count "$(or $(COUNT),1000000)"

campaign-duplicates: .venv/dev  ## files that overlap in nine ways: make campaign-duplicates SEED=1 COUNT=2500
	@$(RUN) tests/campaigns/duplicates.py --seed "$(or $(SEED),1)" --count "$(or $(COUNT),2500)"

campaign-races: .venv/dev  ## processes on one journal, killed and cut off: make campaign-races SEED=1 COUNT=200
	@$(RUN) tests/campaigns/races_run.py --seed "$(or $(SEED),1)" --count "$(or $(COUNT),200)"

campaign-inbox: .venv/dev  ## writers of every habit, in no real time: make campaign-inbox SEED=1 COUNT=20000
	@$(RUN) tests/campaigns/inbox_run.py --seed "$(or $(SEED),1)" --count "$(or $(COUNT),20000)"

fuzz: .venv/dev  ## hostile files: make fuzz SEED=1 COUNT=100000 FORMAT=camt
	@PYTHONPATH=. $(RUN) tests/fuzz/run.py "$(SEED)" "$(COUNT)" "$(FORMAT)"

troubleshooting: .venv/dev  ## what each message says now, and docs/troubleshooting.md
	@PYTHONPATH=. $(RUN) tests/gallery.py

pin: .venv/dev  ## resolve the versions anew and write them with their hashes
	@$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --upgrade pyproject.toml --extra build -o .ci/constraints-run.txt
	@$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --upgrade pyproject.toml --extra build --group dev \
	  -c .ci/constraints-run.txt -o .ci/constraints.txt

clean:
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv

# A stamp is written last, so that an interrupted set-up is simply done again.
.venv/run: .venv/bin/python pyproject.toml .ci/constraints-run.txt
	@$(INSTALL) --require-hashes -r .ci/constraints-run.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/run .ci/constraints.txt
	@$(INSTALL) --require-hashes -r .ci/constraints.txt
	@touch $@
