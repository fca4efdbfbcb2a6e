"""What a library says on file descriptor 2 while it is loaded, without its chatter."""

import importlib
import os
import sys

import pytest

from nasbench_templates.support import quiet_tensorflow

LIBRARY = """
import os, sys
os.write(2, b"I0000 00:00:1.2 port.cc:153] oneDNN custom operations are on.\\n")
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called\\n")
os.write(2, b"To turn them off, set the environment variable TF_ENABLE_ONEDNN_OPTS=0.\\n")
print("a warning that is meant", file=sys.stderr)
value = 7
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A module that chatters like TensorFlow, found in its place."""
    (tmp_path / "chatterbox.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(quiet_tensorflow, "_MODULE", "chatterbox")
    kept = [each for each in sys.meta_path if not isinstance(each, quiet_tensorflow._Finder)]
    monkeypatch.setattr(sys, "meta_path", kept)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    yield "chatterbox"
    sys.modules.pop("chatterbox", None)


def test_only_chatter_is_kept_from_the_reader(library, capfd):
    calls = []
    quiet_tensorflow.install(lambda: calls.append("first"))
    quiet_tensorflow.install(lambda: calls.append("second"))
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"
    assert importlib.import_module(library).value == 7
    assert calls == ["second"]
    assert capfd.readouterr().err == "a warning that is meant\n"


def test_who_sets_the_level_sees_everything(library, capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    quiet_tensorflow.install()
    importlib.import_module(library)
    assert "oneDNN custom operations" in capfd.readouterr().err


def test_other_modules_are_found_by_the_others(library, tmp_path):
    quiet_tensorflow.install()
    (tmp_path / "bystander.py").write_text("value = 8\n")
    assert importlib.import_module("bystander").value == 8
    sys.modules.pop("bystander")


def test_a_failing_library_fails_as_without_us(library, tmp_path, capfd):
    (tmp_path / "chatterbox.py").write_text(LIBRARY + "raise ImportError('no such kernel')\n")
    quiet_tensorflow.install()
    with pytest.raises(ImportError, match="no such kernel"):
        importlib.import_module(library)
    assert capfd.readouterr().err == "a warning that is meant\n"
