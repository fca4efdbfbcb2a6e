"""Results kept for the next start, where that is possible."""

import pathlib

import pytest
from absl import logging

from nasbench_templates.support import user_cache


@pytest.fixture
def warnings(monkeypatch):
    """The messages that are logged, each as often as it is asked for."""
    found = []
    monkeypatch.setattr(
        logging, "log_first_n", lambda level, text, n, *values: found.append((n, text % values))
    )
    return found


def test_entry_comes_back(cache_folder):
    user_cache.write("kind", "name", {"answer": 42})
    assert user_cache.read("kind", "name")["answer"] == 42
    assert user_cache.read("kind", "other") is None


def test_user_without_home_does_without(monkeypatch, warnings):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(pathlib.Path, "home", no_home)
    assert user_cache.folder("kind") is None
    user_cache.write("kind", "name", {})
    assert user_cache.read("kind", "name") is None
    ((times, text),) = warnings
    assert times == 1
    assert "there is no home folder" in text


def test_folder_that_cannot_be_written_is_said_once(cache_folder, warnings):
    (cache_folder / "nasbench_templates").write_text("in the way")
    user_cache.write("kind", "name", {})
    assert user_cache.read("kind", "name") is None
    ((times, text),) = warnings
    assert times == 1
    assert text.startswith("nothing is cached for the next start: ")
