"""Lists of image files with their labels; nothing here opens a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFiles:
    """Files below one folder, each with a class; build it with `image_folders`.

    Attributes:
        root: folder that the names are relative to.
        names: paths with `/`, Python strings, shape `(files,)`.
        sizes: in bytes, int64, shape `(files,)`.
        mtimes_ns: times of the last change in nanoseconds, int64, shape `(files,)`.
        labels: class numbers from 0, int64, shape `(files,)`, read-only.
    """

    root: Path
    names: np.ndarray
    sizes: np.ndarray
    mtimes_ns: np.ndarray
    labels: np.ndarray

    @property
    def num_images(self) -> int:
        """Number of files."""
        return len(self.names)

    def paths(self, rows: Sequence[int] | np.ndarray | slice = slice(None)) -> list[str]:
        """Returns the paths of some files, by default of all."""
        root = str(self.root)
        return [f"{root}/{name}" for name in self.names[rows]]

    def take(self, rows: np.ndarray) -> "LabelledFiles":
        """Returns the files of these rows, in this order."""
        return self._from_columns(column[rows] for column in self._columns())

    def join(self, other: "LabelledFiles") -> "LabelledFiles":
        """Returns these files followed by others of the same root."""
        columns = zip(self._columns(), other._columns(), strict=True)
        return self._from_columns(np.concatenate(pair) for pair in columns)

    def _columns(self) -> tuple[np.ndarray, ...]:
        return self.names, self.sizes, self.mtimes_ns, self.labels

    def _from_columns(self, columns: Iterator[np.ndarray]) -> "LabelledFiles":
        return make_files(self.root, *columns)


def make_files(
    root: Path,
    names: Sequence[str] | np.ndarray,
    sizes: Sequence[int] | np.ndarray,
    mtimes_ns: Sequence[int] | np.ndarray,
    labels: Sequence[int] | np.ndarray,
) -> LabelledFiles:
    """Returns a list from its columns; see `LabelledFiles` for their meaning."""
    labels = np.array(labels, dtype=np.int64)
    labels.setflags(write=False)
    return LabelledFiles(
        root,
        np.array(names, dtype=object),
        np.array(sizes, dtype=np.int64),
        np.array(mtimes_ns, dtype=np.int64),
        labels,
    )
