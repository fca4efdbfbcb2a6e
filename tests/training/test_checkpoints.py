"""Files that keep a run's state."""

import dataclasses
import logging

import numpy as np
import pytest

from nasbench_templates.training import checkpoints

STATE = checkpoints.Checkpoint(
    fingerprint="run",
    values=(np.arange(6, dtype="float32").reshape(2, 3), np.array(7, "int64"), np.array([1, 2])),
    progress='{"epoch": 1}',
)


def test_checkpoint_comes_back_as_it_was(tmp_path):
    path = tmp_path / "folder" / "state.npz"
    checkpoints.save(path, STATE)
    checkpoints.save(path, STATE)
    loaded = checkpoints.load(path)
    assert (loaded.fingerprint, loaded.progress) == ("run", STATE.progress)
    for mine, other in zip(loaded.values, STATE.values, strict=True):
        assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
        np.testing.assert_array_equal(mine, other)
    assert [each.name for each in path.parent.iterdir()] == ["state.npz"]


@pytest.mark.parametrize("name", ["onednn", None])
def test_folder_gives_the_kernels_of_its_last_whole_checkpoint(tmp_path, monkeypatch, name):
    used = []
    monkeypatch.setattr(checkpoints.cpu_kernels, "use", used.append)
    folder = checkpoints.CheckpointFolder(tmp_path / "folder")
    folder.use_kernels()
    assert used == []
    folder.save(1, dataclasses.replace(STATE, kernels=name))
    assert folder.load().kernels == name
    (folder.path / "step-00000002.npz").write_bytes(b"no archive")
    folder.use_kernels()
    assert used == [name]


def test_missing_file_is_no_checkpoint(tmp_path):
    assert checkpoints.load(tmp_path / "state.npz") is None


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "flipped", "other_values"])
def test_damaged_file_is_ignored_with_a_warning(tmp_path, caplog, damage):
    path = tmp_path / "state.npz"
    checkpoints.save(path, STATE)
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[content.index(STATE.values[0].tobytes())] ^= 0xFF
    if damage == "other_values":
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        arrays["value00000"] = arrays["value00000"] + 1
        np.savez(path, **arrays)
        content = path.read_bytes()
    changed = {"truncated": content[:-40], "empty": b"", "text": b"no archive"}
    path.write_bytes(changed.get(damage, content))
    with caplog.at_level(logging.WARNING, logger="absl"):
        assert checkpoints.load(path) is None
    assert "damaged checkpoint" in caplog.text


def test_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "state.npz"
    checkpoints.save(path, STATE)

    def fail(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(checkpoints.os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoints.save(path, STATE)
    assert checkpoints.load(path).progress == STATE.progress
    assert [each.name for each in tmp_path.iterdir()] == ["state.npz"]


def _state(progress: str) -> checkpoints.Checkpoint:
    return checkpoints.Checkpoint("run", STATE.values, progress)


@pytest.fixture
def folder(tmp_path):
    return checkpoints.CheckpointFolder(tmp_path / "checkpoints")


def test_folder_keeps_the_last_two(folder):
    for step in (9, 10, 11):
        folder.save(step, _state(str(step)))
    names = sorted(each.name for each in folder.path.iterdir())
    assert names == ["step-00000010.npz", "step-00000011.npz"]
    assert folder.load().progress == "11"


def test_damaged_checkpoint_gives_way_to_the_one_before(folder, caplog):
    folder.save(1, _state("1"))
    folder.save(2, _state("2"))
    (folder.path / "step-00000002.npz").write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING, logger="absl"):
        assert folder.load().progress == "1"
    assert "step-00000002.npz" in caplog.text


def test_killed_save_leaves_nothing_behind(folder):
    folder.save(1, _state("1"))
    (folder.path / ".partial-killed.npz").write_bytes(b"half")
    assert folder.load().progress == "1"
    assert [each.name for each in folder.path.iterdir()] == ["step-00000001.npz"]


def test_missing_folder_holds_no_checkpoint(folder):
    assert folder.load() is None


def test_saver_waits_for_its_interval(folder):
    never = checkpoints.Saver(folder, 1000, lambda: _state("never"))
    always = checkpoints.Saver(folder, 0, lambda: _state("always"))
    assert (never.is_due, always.is_due) == (False, True)
    always.save(1)
    assert folder.load().progress == "always"


def test_saver_without_a_folder_does_nothing():
    saver = checkpoints.Saver(None, 0, lambda: pytest.fail("made a checkpoint"))
    assert not saver.is_due
    saver.save(1)
