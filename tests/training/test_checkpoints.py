"""Files that keep a run's state."""

import logging

import numpy as np
import pytest

from nasbench_templates.training import checkpoints

STATE = checkpoints.Checkpoint(
    fingerprint="run",
    epoch=3,
    values=(np.arange(6, dtype="float32").reshape(2, 3), np.array(7, "int64"), np.array([1, 2])),
    history='[{"epoch": 1}]',
)


def test_checkpoint_comes_back_as_it_was(tmp_path):
    path = tmp_path / "folder" / "state.npz"
    checkpoints.save(path, STATE)
    checkpoints.save(path, STATE)
    loaded = checkpoints.load(path)
    assert (loaded.fingerprint, loaded.epoch, loaded.history) == ("run", 3, STATE.history)
    for mine, other in zip(loaded.values, STATE.values, strict=True):
        assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
        np.testing.assert_array_equal(mine, other)
    assert [each.name for each in path.parent.iterdir()] == ["state.npz"]


def test_missing_file_is_no_checkpoint(tmp_path):
    assert checkpoints.load(tmp_path / "state.npz") is None


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "flipped", "other_values"])
def test_damaged_file_is_ignored_with_a_warning(tmp_path, caplog, damage):
    path = tmp_path / "state.npz"
    checkpoints.save(path, STATE)
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 0xFF
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
    assert checkpoints.load(path).epoch == 3
    assert [each.name for each in tmp_path.iterdir()] == ["state.npz"]
