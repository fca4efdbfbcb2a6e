"""A cell by what people write for it: a name, a hash, or a graph as JSON, in a file or not."""

import json
import os
import pathlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nasbench_templates.benchmark_records import asked_cells
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import Skeleton, named_cells
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, DataError, SpecError, UnknownNameError

_HASH = re.compile(r"[0-9a-f]{32}")
# Keys beside which a line's hash is only told, not asked for.
_GRAPHS = {"matrix", "module_adjacency"}


@dataclass(frozen=True, slots=True)
class FoundCell:
    """A cell, what to call it, and the skeleton it is known with, if any."""

    cell: Cell
    name: str
    skeleton: Skeleton | None = None


def resolve(text: str, record_paths: Sequence[str]) -> FoundCell:
    """Returns the cell that a flag's value means.

    Args:
        text: a registered name, a module hash, inline JSON or the path of a JSON file.
        record_paths: where hashes are looked up.

    Raises:
        UnknownNameError: neither a name, a hash, JSON nor a file.
        ConfigError: a hash that no record has, or a file that cannot be read.
        SpecError: a malformed cell.
        RecordError: damaged records.
    """
    text = text.strip()
    if text in named_cells:
        named = named_cells.get(text)
        return FoundCell(named.cell, text, named.skeleton)
    if _HASH.fullmatch(text):
        return FoundCell(_by_hash(text, record_paths), text)
    if text.startswith(("{", "[")):
        return FoundCell(parse_json(text), "cell")
    path = pathlib.Path(text)
    if path.suffix == ".json" or os.path.isfile(text):  # of a text too long for a path, too
        try:
            return FoundCell(parse_json(texts.read_whole(path, texts.LONGEST_LINE)), path.stem)
        except DataError as error:
            raise SpecError(f"--cell: {error}") from None
        except SpecError as error:
            raise SpecError(
                f"--cell={text}: expected a file with one cell as JSON (of many, match, sweep and "
                f"rank take a list): {error}"
            ) from None
        except OSError as error:
            raise ConfigError(f"--cell={text}: {error.strerror}") from None
    try:
        named_cells.get(text[:80])
    except UnknownNameError as error:
        raise UnknownNameError(f"{error}, a 32-digit hash, or JSON") from None
    raise AssertionError  # pragma: no cover - get() above always raises here


def resolve_line(line: str, record_paths: Sequence[str]) -> FoundCell:
    """Returns the cell that a line of a list of cells means.

    Args:
        line: JSON with the graph in any form of `asked_cells.cell_of` or with `module_hash` alone;
            or a name or hash, with or without JSON's quotes.
        record_paths: where hashes are looked up.

    Raises:
        SpecError: malformed JSON or a malformed cell.
        UnknownNameError: no such name.
        ConfigError: a hash that no record has.
        RecordError: damaged records.
    """
    value = _asked(line) if line.startswith(("{", "[", '"')) else line
    if isinstance(value, str):
        return resolve(value, record_paths)
    return FoundCell(asked_cells.cell_of(value), "cell")


def hash_of_line(line: str) -> str | None:
    """Returns the module hash that a line of a list asks for; `None` for a title, say.

    Args:
        line: as of `resolve_line`, or one that begins with a hash, such as a row of a table.

    Raises:
        SpecError: malformed JSON or a malformed cell.
        RecordError: a malformed hash in JSON.
    """
    if line.startswith(("{", "[")):
        return hash_of(_asked(line))
    word = re.split(r"[,;\s]", line, maxsplit=1)[0].strip('"').lower()
    if word in named_cells:
        return named_cells.get(word).cell.hash()
    return word if _HASH.fullmatch(word) else None


def hash_of(cell: asked_cells.AskedCell) -> str:
    """Returns the module hash of a cell that `asked_cells.module_hash_of` takes.

    Raises:
        SpecError: a malformed cell, or one with an operation that the benchmark lacks.
        RecordError: a malformed hash.
    """
    found = asked_cells.module_hash_of(cell)
    if found is None:
        raise SpecError("expected a cell of the benchmark's three operations, received others")
    return found


def parse_json(text: str) -> Cell:
    """Returns the cell of a JSON object with the keys `matrix` and `ops`.

    Raises:
        SpecError: malformed JSON, a key too few, or a malformed cell.
    """
    value = _json(text)
    if not isinstance(value, dict) or not {"matrix", "ops"} <= value.keys():
        received = sorted(value) if isinstance(value, dict) else type(value).__name__
        raise SpecError(
            f'expected a JSON object {{"matrix": ..., "ops": ...}}, received {received}'
        )
    return Cell.parse(value["matrix"], value["ops"])


def _asked(text: str) -> Any:
    """Returns what JSON names a cell by: a text, or an object with its graph."""
    value = _json(text)
    if isinstance(value, Mapping) and "module_hash" in value and not _GRAPHS & value.keys():
        return str(value["module_hash"])
    return value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"malformed JSON: {error}") from None


def _by_hash(module_hash: str, record_paths: Sequence[str]) -> Cell:
    for name in named_cells:
        if named_cells.get(name).cell.hash() == module_hash:
            return named_cells.get(name).cell
    if not record_paths:
        raise ConfigError(f"cell {module_hash}: a hash needs --records=FILE to look it up in")
    from nasbench_templates.benchmark_records import lookup

    record = lookup.find_record(record_paths, module_hash)
    if record is None or record.matrix is None or record.operations is None:
        raise ConfigError(
            f"cell {module_hash}: expected a graph with this hash in {', '.join(record_paths)}, "
            "found none"
        )
    return Cell.parse(record.matrix, record.operations)
