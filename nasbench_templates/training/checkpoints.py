"""Checkpoints: the values of all variables and a text in one checked file, written atomically.

A folder keeps the last two of a run. A file that was damaged on the way is reported and the one
before it used, as if it had never been written.
"""

import contextlib
import hashlib
import os
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from absl import logging

from nasbench_templates.support import cpu_kernels, files

# Between two saves, where nobody asks for another: what a kill costs at most.
INTERVAL_S = 60.0
_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
_KEPT = 2
_KERNELS = "kernels"
# Saving takes at most this share of the time.
_MOST_SAVING = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """The state of a run between two steps.

    Attributes:
        fingerprint: identifies the run, so that no other run resumes from it.
        values: every variable, in the caller's order.
        progress: how far the run is, as the caller's text.
        kernels: of the CPU that computed it, see `cpu_kernels`; `None`: not known.
    """

    fingerprint: str
    values: tuple[np.ndarray, ...]
    progress: str
    kernels: str | None = None


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The last checkpoints of one run, `step-00000120.npz` and the like.

    Attributes:
        path: the folder; it is created by the first save.
    """

    path: Path

    def save(self, step: int, checkpoint: Checkpoint) -> None:
        """Writes the checkpoint after `step` steps and drops all but the last two.

        Raises:
            OSError: the file cannot be written; those before it stay as they are.
        """
        save(self.path / f"step-{step:08d}.npz", checkpoint)
        for old in self._newest_first()[_KEPT:]:
            old.unlink(missing_ok=True)

    def load(self) -> Checkpoint | None:
        """Returns the last checkpoint that is whole, or `None`; damaged ones are logged.

        Whatever a killed save left behind is removed.
        """
        files.remove_partials(self.path)
        found = (load(path) for path in self._newest_first())
        return next((checkpoint for checkpoint in found if checkpoint is not None), None)

    def use_kernels(self) -> None:
        """Makes this process compute with the CPU kernels that the run began with, if it did.

        Call it before a backend is imported. Only the kernels' name is read.

        Raises:
            ConfigError: a backend is loaded already, with other kernels.
        """
        for path in self._newest_first():
            with contextlib.suppress(*_DAMAGE):
                with np.load(path, allow_pickle=False) as file:
                    name = str(file[_KERNELS]) if _KERNELS in file.files else None
                break
        else:
            return
        cpu_kernels.use(name)

    def _newest_first(self) -> list[Path]:
        return sorted(self.path.glob("step-*.npz"), reverse=True)


class Saver:
    """Saves checkpoints, not too often.

    Args:
        folder: where to; `None` never saves.
        interval_s: least number of seconds between two saves, 0 for none; it grows with the time
            that a save takes, so that saving takes at most a twentieth of the time.
        make: returns the state to save.
    """

    def __init__(
        self,
        folder: CheckpointFolder | None,
        interval_s: float,
        make: Callable[[], Checkpoint],
    ):
        self._folder = folder
        self._interval_s = interval_s
        self._make = make
        self._saved_at = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed."""
        elapsed = time.monotonic() - self._saved_at
        return self._folder is not None and elapsed >= self._interval_s

    def save(self, step: int) -> None:
        """Saves the state after so many steps."""
        if self._folder is None:
            return
        start = time.monotonic()
        self._folder.save(step, self._make())
        self._saved_at = time.monotonic()
        seconds = self._saved_at - start
        if self._interval_s:
            self._interval_s = max(self._interval_s, seconds / _MOST_SAVING)


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint, replacing the one before only when it is complete.

    Raises:
        OSError: the file cannot be written.
    """
    arrays: dict[str, Any] = {
        "fingerprint": np.array(checkpoint.fingerprint),
        "progress": np.array(checkpoint.progress),
    }
    if checkpoint.kernels is not None:
        arrays[_KERNELS] = np.array(checkpoint.kernels)
    for index, value in enumerate(checkpoint.values):
        arrays[_value_name(index)] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, checksum=np.array(_checksum(arrays)), **arrays)
        file.flush()
        os.fsync(file.fileno())


def load(path: Path) -> Checkpoint | None:
    """Returns the checkpoint in a file, or `None` if there is no file or it is damaged (logged)."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        checksum = str(arrays.pop("checksum"))
        if checksum != _checksum(arrays):
            raise ValueError("expected the stored checksum, received another")
        num_values = sum(name.startswith("value") for name in arrays)
        return Checkpoint(
            fingerprint=str(arrays["fingerprint"]),
            values=tuple(arrays[_value_name(index)] for index in range(num_values)),
            progress=str(arrays["progress"]),
            kernels=str(arrays[_KERNELS]) if _KERNELS in arrays else None,
        )
    except _DAMAGE as error:
        logging.warning("ignored the damaged checkpoint %s: %s", path, error)
        return None


def _value_name(index: int) -> str:
    return f"value{index:05d}"


def _checksum(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
