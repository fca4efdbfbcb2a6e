"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder with real data sets and records; without it the test is skipped."""
    folder = os.environ.get("NASBENCH_TEMPLATES_DATA")
    if not folder:
        pytest.skip("set NASBENCH_TEMPLATES_DATA to the folder with the real data sets")
    return Path(folder)


@pytest.fixture
def cache_folder(monkeypatch, tmp_path_factory) -> Path:
    """An empty folder in place of the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder
