"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

# Tables are as wide as where there is no terminal, here and in the processes that tests start.
os.environ["COLUMNS"] = "100"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data sets and records; without it the test is skipped."""
    folder = os.environ.get("NASBENCH_TEMPLATES_DATA")
    if not folder:
        pytest.skip("set NASBENCH_TEMPLATES_DATA to the folder with the real data sets")
    return Path(folder)


@pytest.fixture(scope="session")
def validation_records(data_folder):
    """All 25,001 records of the real extract, read once; seconds."""
    from nasbench_templates.benchmark_records import lookup

    return lookup.read_records([data_folder / "nasbench101" / "nasbench101_val_25001.csv.gz"])


@pytest.fixture
def cache_folder(monkeypatch, tmp_path_factory) -> Path:
    """An empty folder in place of the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def call(capsys):
    """Calls the command line in this process: exit status, standard output, standard error."""
    from nasbench_templates.__main__ import main

    def run(*argv):
        status = main([str(each) for each in argv])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
