"""Files that are either whole or not there."""

import errno

import pytest

from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError


def test_failed_write_names_the_file_and_keeps_the_old_one(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left") as caught, files.replacing(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def read_only(monkeypatch):
    """No file can be made, as on a file system that is only read."""

    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)


def test_folder_with_results_may_be_read_only(tmp_path, read_only):
    with pytest.raises(OSError, match="Read-only"):
        files.check_output(tmp_path)
    (tmp_path / "result.json").write_text("{}")
    files.check_output(tmp_path)
    with pytest.raises(OSError, match="Read-only") as caught:
        files.check_writable(tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_what_cannot_be_kept_is_said(tmp_path, read_only, caplog):
    with files.kept_where_possible():
        files.write_json(tmp_path / "table.json", {})
    assert f"not kept: Read-only file system: {tmp_path}/table.json" in caplog.text
    with pytest.raises(OSError, match="No space"), files.kept_where_possible():
        raise OSError(errno.ENOSPC, "No space left on device")


def test_missing_folder_is_reported_with_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / "missing" / "result.json"
    with pytest.raises(FileNotFoundError) as caught, files.replacing(path):
        pass
    assert caught.value.filename == str(path)


def test_error_about_another_file_stays_as_it_is(tmp_path):
    other = tmp_path / "other"
    with pytest.raises(FileNotFoundError) as caught, files.replacing(tmp_path / "result.json"):
        other.read_text()
    assert caught.value.filename == str(other)


@pytest.mark.parametrize("name", ["notes.txt", "notes.txt/run"])
def test_folder_in_the_place_of_a_file_is_a_wrong_setting(tmp_path, name):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=f"{name}: expected a folder to write to, found a file"):
        files.check_writable(tmp_path / name)
