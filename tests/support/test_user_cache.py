"""Where the cache lies, and what happens without a place for it."""

import os
import pathlib
import pwd

import platformdirs
import pytest
from absl import logging

from nasbench_templates.support import user_cache


def test_cache_lies_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache.folder("kind") == tmp_path / "nasbench_templates" / "kind"


def test_cache_lies_in_the_home_folder_without_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache.folder("kind") == tmp_path / ".cache" / "nasbench_templates" / "kind"


def test_entries_come_back_as_they_were_written(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    user_cache.write("kind", "name", {"a": [1, "b"]})
    assert user_cache.read("kind", "name")["a"] == [1, "b"]
    assert user_cache.read("kind", "other") is None


@pytest.fixture
def homeless(monkeypatch):
    """A user that has neither variables nor an entry in the system's list of users."""

    def unknown(user):
        raise KeyError(f"getpwuid(): uid not found: {user}")

    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert os.path.expanduser("~") == "~"


def test_user_without_a_home_keeps_nothing(homeless):
    assert user_cache.folder("kind") is None
    user_cache.write("kind", "name", {})
    assert user_cache.read("kind", "name") is None


def test_answer_that_is_no_place_is_none(monkeypatch):
    # That of the library's versions before 4.14 to a user without a home.
    monkeypatch.setattr(
        platformdirs, "user_cache_path", lambda *names, **options: pathlib.Path("~/.cache")
    )
    assert user_cache.folder("kind") is None


@pytest.fixture
def warnings(monkeypatch):
    """The messages that are logged, each as often as it is asked for."""
    found = []
    monkeypatch.setattr(
        logging, "log_first_n", lambda level, text, n, *values: found.append((n, text % values))
    )
    return found


def test_folder_that_cannot_be_written_is_said_once(cache_folder, warnings):
    (cache_folder / "nasbench_templates").write_text("in the way")
    user_cache.write("kind", "name", {})
    assert user_cache.read("kind", "name") is None
    ((times, text),) = warnings
    assert times == 1
    assert text.startswith("nothing is cached for the next start: ")
