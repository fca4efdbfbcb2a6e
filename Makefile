# make evaluate   environment, installation, and the main job on the embedded digits
# make test       the default tests (some minutes on two cores)
# make slow       the tests that take minutes: documented commands, long training, kill tests
# make lint       formatting, lint and types
# make wheel     the wheel of both distributions in dist, checked, installed and tried
# make docs      the site, in docs/_build/html; its guides are executed
# make benchmark  the figures of benchmarks/README.md that need no GPU

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# The package alone, and with what tests and checks need.
INSTALLED = $(VENV)/installed
DEVELOPED = $(VENV)/developed
DOCUMENTED = $(VENV)/documented
TEMPLATES ?= base,a,b,c,d,e
OUTPUT ?= results/evaluate
# Two workers: the machine this is meant for has two cores, one for each.
THREADS = OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
PYTEST = $(THREADS) $(BIN)/python -m pytest -n 2 --dist loadscope -q

.PHONY: install evaluate test slow lint wheel docs benchmark clean

install: $(DEVELOPED)

$(INSTALLED): setup.py pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(DEVELOPED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

$(DOCUMENTED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

evaluate: $(INSTALLED)
	$(BIN)/nasbench-templates evaluate --cell=resnet --dataset=digits \
	    --templates=$(TEMPLATES) --output_dir=$(OUTPUT)

test: $(DEVELOPED)
	$(PYTEST)

slow: $(DEVELOPED) $(DOCUMENTED)
	$(PYTEST) -m slow

lint: $(DEVELOPED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m mypy

wheel: $(DEVELOPED)
	BIN=$(abspath $(BIN)) ./.ci/wheel

docs: $(DOCUMENTED)
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build/html

benchmark: $(DEVELOPED)
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/match_cells.py
	$(BIN)/python benchmarks/throughput.py
	$(BIN)/python benchmarks/import_records.py
	$(BIN)/python benchmarks/space.py
	$(BIN)/python benchmarks/nasbench_api.py

clean:
	rm -rf $(VENV) build dist docs/_build *.egg-info
