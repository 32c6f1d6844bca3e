# What a developer of Myna runs. `make` alone lists it.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Small enough for two cores and some minutes.
DEMO_SETTINGS := --preset tiny --width 192 --noise 0.5 --patience 15
FIRST_SETTINGS := --width 128 --batch-size 1 --epochs 150 --patience 150 --plateau 150 --dropout 0 --report 1
# Each test process may hold a gigabyte, mostly TensorFlow's; tests of a file share what they set up.
ALL_CORES := -n auto --maxprocesses 8 --dist loadfile
# For each fuzz target.
SECONDS := 600
PACKAGES := importers lm native pipelines trainer validation_app
INSTALLED := .venv/.installed
BUILT := build/.built
CORPUS_FILES := build/.corpus-files
# JAX and PyTorch, without TensorFlow; PyPI's PyTorch brings some gigabytes of CUDA's libraries.
BACKENDS := .venv-backends/.installed
BACKEND_TESTS := tests/backends $(addprefix tests/trainer/, recurrent/test_layers.py architecture/test_layer_lists.py \
	architecture/test_presets.py learning/test_learner.py learning/test_loss.py learning/test_model.py loop/test_train.py)
NATIVE := $(wildcard native/src/* native/src/kenlm/* native/include/* tools/*.py)
SYSTEM_PACKAGES = $(shell grep -v '^\#' system-packages.txt)

.DEFAULT_GOAL := help
.PHONY: help install demo first-model test test-backends test-slow check bench fuzz sanitize clean system-packages FORCE

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

install: $(BUILT) ## Make .venv with everything, Myna itself included; quick when nothing changed

demo: install ## From the sample corpus to a tested model, in demo/
	$(BIN)/produce-model demo sample/cv-corpus-*.tar.gz --text sample/text/*.txt $(DEMO_SETTINGS)
	@echo "All commands are in $(BIN): \`. $(BIN)/activate\` puts them on your path."

first-model: install ## Learn one sentence by heart and watch (docs/first-model.md)
	$(BIN)/import-cv demo sample/cv-corpus-*.tar.gz
	head -2 demo/cv-valid-train.csv > demo/one-sentence.csv
	rm -rf demo/first-model
	$(BIN)/train-model --train demo/one-sentence.csv --dev demo/one-sentence.csv \
		--test demo/one-sentence.csv --out demo/first-model $(FIRST_SETTINGS)

test: install ## Run the fast tests, on all cores
	$(BIN)/python -m pytest -m "not slow" $(ALL_CORES) --timeout 300

test-backends: $(BACKENDS) ## Run the trainer's tests under JAX and PyTorch, without TensorFlow
	KERAS_BACKEND=jax .venv-backends/bin/python -m pytest $(BACKEND_TESTS) --timeout 900
	KERAS_BACKEND=torch .venv-backends/bin/python -m pytest $(BACKEND_TESTS) --timeout 900

test-slow: install ## Run the slow tests
	$(BIN)/python -m pytest -m slow --timeout 900

check: install ## Run ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES) tools benchmarks tests setup.py

bench: install ## Run the benchmarks, one after the other
	@set -e; for script in $(wildcard benchmarks/*.py); do echo "== $$script"; $(BIN)/python $$script; done

fuzz: install ## Feed hostile input to every parser in C++, SECONDS=600 each (native/fuzz)
	$(BIN)/python tools/fuzz.py --seconds $(SECONDS)

sanitize: install ## Run the tests of the compiled code under ASan and UBSan, its threads under TSan
	$(BIN)/python tools/sanitize.py

clean: ## Remove what building, tests and demo left; keep .venv and the sources of KenLM
	rm -rf build/objects build/python build/fuzz build/sanitize $(BUILT) $(CORPUS_FILES) dist demo *.egg-info
	rm -rf native/bin native/lib native/*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find $(PACKAGES) tools tests -name __pycache__ -type d -prune -exec rm -rf {} +

system-packages: ## Install the Debian packages that tests and tools need (as root)
	@missing=$$(for p in $(SYSTEM_PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -z "$$missing" ]; then echo "system packages: all there"; \
	elif [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends $$missing; \
	else echo "missing; run: sudo apt-get install" $$missing >&2; exit 1; fi

# Editable, so that the checkout is what runs.
$(INSTALLED): setup.py pyproject.toml $(CORPUS_FILES)
	@echo "Setting up .venv with all packages and compiling KenLM and Myna: some minutes, once."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q -e '.[pipelines,trainer,recognition,web,dev]'
	@touch $@

$(BACKENDS): setup.py pyproject.toml $(NATIVE)
	@echo "Setting up .venv-backends with JAX and PyTorch: some gigabytes, once."
	@$(PYTHON) -m venv .venv-backends
	@.venv-backends/bin/python -m pip install -q -e '.[lm,recognition,trainer-jax,trainer-torch,test]'
	@touch $@

# Changes in C++ do not need pip.
$(BUILT): $(INSTALLED) $(NATIVE)
	@$(BIN)/python setup.py -q build_ext --inplace
	@touch $@

# The names of the corpus files: a new one makes a new command, which takes an install.
$(CORPUS_FILES): FORCE
	@mkdir -p build
	@ls importers/corpora/*.py | cmp -s - $@ || ls importers/corpora/*.py > $@
