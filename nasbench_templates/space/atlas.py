"""The atlas: every cell of the space under every template, in one Parquet file.

A row is a cell under a template; cells are in canonical order, and of a cell the templates in the
order asked for. Where no network of the template fits, everything but `hash` and `template` is
null, and the file's metadata says for how many cells and why.

    settings = AtlasSettings(templates=("base", "d"), max_vertices=5)
    write(settings, pathlib.Path("atlas.parquet"))
    print(read_description(pathlib.Path("atlas.parquet")).cells)

Hashes take most of the time. They are kept in a folder beside the output until it is whole, so that
a second call goes on where a first one was stopped.
"""

import collections
import contextlib
import io
import json
import os
import pathlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.graph.layers import Cost
from nasbench_templates.networks import cell_hashes
from nasbench_templates.networks.cell_arrays import CellArrays
from nasbench_templates.networks.cells import MAX_VERTICES
from nasbench_templates.space import cell_classes, enumeration, hashes, workers
from nasbench_templates.space.class_matching import ClassRows, check_settings, match_classes
from nasbench_templates.support import files, locks
from nasbench_templates.support.errors import ConfigError, DataError

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = (
    *("hash", "template", "filters", "peak", "macs", "published_flops", "params"),
    *("trainable_params", "activations", "gap"),
)
_SCHEMA = 1
_METADATA = b"nasbench_templates.atlas"


@dataclass(frozen=True, slots=True)
class AtlasSettings:
    """What an atlas holds.

    Attributes:
        templates: registered templates, or `"base"`, each once.
        network: around the cells; its options without a cell and without an order, which is always
            the canonical one.
        match: how templates are matched.
        max_vertices: of the cells, 2..7.
    """

    templates: tuple[str, ...]
    network: NetworkSettings = field(default_factory=lambda: NetworkSettings("nasbench101"))
    match: MatchSettings = field(default_factory=MatchSettings)
    max_vertices: int = MAX_VERTICES

    def __post_init__(self) -> None:
        enumeration.check_max_vertices(self.max_vertices)
        check_settings(self.match)
        if self.network.model != "nasbench101" or {"cell", "order"} & set(self.network.options):
            raise ConfigError(
                "expected a nasbench101 network without cell and order for an atlas, received "
                f"{self.network.model} with options {sorted(self.network.options)}"
            )

    def to_json(self) -> dict[str, Any]:
        """Returns what identifies the content of an atlas."""
        return {
            "templates": list(self.templates),
            "max_vertices": self.max_vertices,
            "input_shape": list(self.network.input_shape),
            "num_classes": self.network.num_classes,
            "options": {name: str(value) for name, value in sorted(self.network.options.items())},
            "match": repr(self.match),
        }


@dataclass(frozen=True, slots=True)
class Description:
    """What the metadata of an atlas say.

    Attributes:
        settings: `AtlasSettings.to_json()`.
        cells: how many.
        without_network: for each template, the number of cells for each reason.
    """

    settings: dict[str, Any]
    cells: int
    without_network: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def templates(self) -> tuple[str, ...]:
        """The templates in the order of the rows."""
        return tuple(self.settings["templates"])


def read_description(path: pathlib.Path) -> Description | None:
    """Returns what a file says of itself; `None` where there is no file.

    Raises:
        DataError: the file is no whole atlas.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return None
    try:
        content = json.loads((pq.read_schema(path).metadata or {})[_METADATA])
        if content.pop("schema") == _SCHEMA:
            return Description(**content)
    except (pa.ArrowException, KeyError, TypeError, ValueError):
        pass
    raise DataError(f"{path}: expected a Parquet file that the job atlas wrote, or no file")


def write(
    settings: AtlasSettings,
    path: pathlib.Path,
    *,
    processes: int = 1,
    on_start: Callable[[int], None] = lambda cells: None,
    on_cells: Callable[[int], None] = lambda cells: None,
) -> Description:
    """Writes an atlas; the file appears when it is whole.

    Args:
        settings: what it holds.
        path: of the Parquet file; `path` with ".parts" is a folder for what is done until then.
        processes: how many work at once on the hashes.
        on_start: called with the number of cells.
        on_cells: called with the number of cells that were just finished.

    Returns:
        The file's description.

    Raises:
        UnknownNameError: an unknown template.
        ConfigError: options that the architecture does not have, or another process writes it.
        SpecError: a template that needs more slots, or widths that fit no cell.
        BudgetError: counts beyond 64 bits.
        OSError: the file's folder cannot be written to.
    """
    files.check_writable(path.parent)
    # Two would remove the parts of each other.
    with files.naming(path), locks.held(path.with_name(path.name + ".lock"), path):
        return _write(settings, path, processes, on_start, on_cells)


def _write(
    settings: AtlasSettings,
    path: pathlib.Path,
    processes: int,
    on_start: Callable[[int], None],
    on_cells: Callable[[int], None],
) -> Description:
    import pyarrow.parquet as pq

    cells = enumeration.canonical_cells(settings.max_vertices)
    classes = cell_classes.classify(cells)
    rows = match_classes(settings.network, settings.templates, settings.match, classes)
    description = Description(settings.to_json(), len(cells), _problems(rows, classes.class_of))
    schema = _schema(description)
    columns = _ClassColumns(rows)
    folder = path.with_name(path.name + ".parts")
    folder.mkdir(exist_ok=True)
    on_start(len(cells))
    partial = folder / "atlas.parquet"
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        begin = 0
        for names in _kept_hashes(cells, folder, processes):
            part = slice(begin, begin + len(names))
            writer.write_table(columns.table(names, classes.class_of[part], schema))
            on_cells(len(names))
            begin = part.stop
    os.replace(partial, path)
    shutil.rmtree(folder, ignore_errors=True)
    return description


def read_hashes(path: pathlib.Path, description: Description) -> list[str]:
    """Returns the hash of every cell, in the order of the file."""
    import pyarrow.parquet as pq

    places = np.arange(
        0, description.cells * len(description.templates), len(description.templates)
    )
    return pq.read_table(path, columns=["hash"])["hash"].take(places).to_pylist()


def read_numbers(path: pathlib.Path, description: Description, column: str) -> np.ndarray:
    """Returns a column of numbers, shape `(cells, templates)`, NaN where there is no network."""
    import pyarrow.parquet as pq

    values = pq.read_table(path, columns=[column])[column].to_numpy()
    return values.astype(np.float64).reshape(description.cells, len(description.templates))


def _problems(rows: Sequence[ClassRows], class_of: np.ndarray) -> dict[str, dict[str, int]]:
    cells = np.bincount(class_of)
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        of_template: collections.Counter[str] = collections.Counter()
        for reason, count in zip(row.problem.tolist(), cells.tolist(), strict=True):
            if reason:
                of_template[reason] += count
        counts[row.template] = dict(of_template)
    return counts


def _kept_hashes(cells: CellArrays, folder: pathlib.Path, processes: int) -> Iterator[np.ndarray]:
    """Yields the hashes of portions of the cells, those that an earlier call kept read back."""
    parts = hashes.chunks(cells)
    # The cells of a portion follow from its size and place alone, whatever the settings.
    paths = [
        folder / f"hashes-{len(part)}-{place * hashes.CELLS_AT_ONCE}.npy"
        for place, part in enumerate(parts)
    ]
    missing = [part for part, path in zip(parts, paths, strict=True) if not path.exists()]
    with contextlib.closing(workers.run(cell_hashes.module_hashes, missing, processes)) as computed:
        for path in paths:
            if path.exists():
                yield np.load(path)
                continue
            names = next(computed)
            # By way of memory: NumPy's own error on a full disk does not say so.
            content = io.BytesIO()
            np.save(content, names)
            with files.replacing(path) as partial:
                partial.write_bytes(content.getbuffer())
            yield names


def _schema(description: Description) -> "pa.Schema":
    import pyarrow as pa

    content = {
        "schema": _SCHEMA,
        "settings": description.settings,
        "cells": description.cells,
        "without_network": description.without_network,
    }
    types = {"hash": pa.string(), "template": pa.string(), "filters": pa.list_(pa.int64())}
    types["gap"] = pa.float64()
    fields = [pa.field(name, types.get(name, pa.int64())) for name in COLUMNS]
    return pa.schema(fields, {_METADATA: json.dumps(content).encode()})


class _ClassColumns:
    """The columns' values for every class and template, from which cells take theirs."""

    def __init__(self, rows: Sequence[ClassRows]):
        self._templates = [row.template for row in rows]
        self._is_null = np.stack([row.problem != "" for row in rows], axis=1)
        self._filters = np.stack([row.filters for row in rows], axis=1)
        self._numbers = {
            "peak": self._filters.max(axis=2),
            "gap": np.stack([row.gap for row in rows], axis=1),
        }
        for name in Cost._fields:
            self._numbers[name] = np.stack([row.costs[name] for row in rows], axis=1)

    def table(self, names: np.ndarray, class_of: np.ndarray, schema: "pa.Schema") -> "pa.Table":
        """Returns the rows of some cells."""
        import pyarrow as pa

        templates, slots = self._filters.shape[1:]
        is_null = self._is_null[class_of].ravel()
        rows = len(is_null)
        columns = {
            "hash": pa.StringArray.from_buffers(
                rows,
                pa.py_buffer(_ends(rows, names.itemsize)),
                pa.py_buffer(np.repeat(names, templates)),
            ),
            "template": pa.DictionaryArray.from_arrays(
                np.tile(np.arange(templates, dtype=np.int32), len(names)), self._templates
            ).dictionary_decode(),
            "filters": pa.ListArray.from_arrays(
                pa.array(_ends(rows, slots)),
                pa.array(self._filters[class_of].ravel()),
                mask=pa.array(is_null),
            ),
        }
        for name, values in self._numbers.items():
            columns[name] = pa.array(values[class_of].ravel(), mask=is_null)
        return pa.table([columns[name] for name in COLUMNS], schema=schema)


def _ends(count: int, length: int) -> np.ndarray:
    """Returns where the entries of equal length lie that Arrow keeps in one buffer."""
    return np.arange(0, length * (count + 1), length, dtype=np.int32)
