"""Checkpoints: the values of all variables and a text in one checked file, written atomically.

A file that was damaged on the way is reported and ignored, as if it had never been written.
"""

import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from absl import logging

from nasbench_templates.results import files

_DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """The state of a run at the end of an epoch.

    Attributes:
        fingerprint: identifies the run, so that no other run resumes from it.
        epoch: epochs that are complete.
        values: every variable, in the caller's order.
        history: the metrics so far, as the caller's text.
    """

    fingerprint: str
    epoch: int
    values: tuple[np.ndarray, ...]
    history: str


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint, replacing the one before only when it is complete.

    Raises:
        OSError: the file cannot be written.
    """
    arrays = {
        "fingerprint": np.array(checkpoint.fingerprint),
        "epoch": np.array(checkpoint.epoch, dtype=np.int64),
        "history": np.array(checkpoint.history),
    }
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
            epoch=int(arrays["epoch"]),
            values=tuple(arrays[_value_name(index)] for index in range(num_values)),
            history=str(arrays["history"]),
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
