"""A cell by what people write for it: a name, a hash, or a graph as JSON, in a file or not."""

import json
import os
import pathlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nasbench_templates.benchmark_records import asked_cells, record108
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import Skeleton, named_cells
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, DataError, SpecError, UnknownNameError

# Keys beside which a line's hash is only told, not asked for.
_GRAPHS = {"matrix", "module_adjacency"}
# Of a table's column of hashes, where it is the first or only one.
_TITLES = {"hash", "module_hash"}


@dataclass(frozen=True, slots=True)
class FoundCell:
    """A cell, what to call it, and the skeleton it is known with, if any."""

    cell: Cell
    name: str
    skeleton: Skeleton | None = None


def resolve(text: str, record_paths: Sequence[str]) -> FoundCell:
    """Returns the cell that a flag's value means.

    Args:
        text: a registered name, a module hash, in capitals or not, inline JSON or the path of a
            JSON file.
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
        return FoundCell(named.cell, named_cells.canonical(text), named.skeleton)
    if record108.is_hash(text.lower()):
        return FoundCell(_by_hash(text.lower(), record_paths), text.lower())
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
    raise _unknown(text)


def asked_by(line: str) -> asked_cells.AskedCell | None:
    """Returns what a line of a list of cells asks for, a hash in small letters.

    Args:
        line: JSON with the graph in any form of `asked_cells.cell_of` or with `module_hash` alone;
            or a name or a hash, what follows a comma, a semicolon or a blank left aside, as in a
            row of a table.

    Returns:
        What `resolve_asked` and `hash_of` take; `None` for a title.

    Raises:
        SpecError: malformed JSON.
    """
    if line.startswith(("{", "[")):
        return _asked(line)
    word = re.split(r"[,;\s]", line, maxsplit=1)[0].strip('"')
    if record108.is_hash(word.lower()):
        return word.lower()
    if word in named_cells:
        return named_cells.canonical(word)
    whole = line.strip('"')
    return None if word in _TITLES or word != whole else whole


def resolve_asked(asked: asked_cells.AskedCell, record_paths: Sequence[str]) -> FoundCell:
    """Returns the cell that is asked for by a text, as `resolve`, or by a graph.

    Raises:
        SpecError: a malformed cell.
        UnknownNameError: no such name.
        ConfigError: a hash that no record has.
        RecordError: damaged records.
    """
    if isinstance(asked, str):
        return resolve(asked, record_paths)
    return FoundCell(asked_cells.cell_of(asked), "cell")


def hash_of(asked: asked_cells.AskedCell) -> str:
    """Returns the module hash of a name or of what `asked_cells.module_hash_of` takes.

    Raises:
        UnknownNameError: a text that is neither a name nor a hash.
        SpecError: a malformed cell, or one with an operation that the benchmark lacks.
    """
    if isinstance(asked, str):
        if asked in named_cells:
            asked = named_cells.get(asked).cell
        elif not record108.is_hash(asked.strip().lower()):
            raise _unknown(asked)
    found = asked_cells.module_hash_of(asked)
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
        return str(value["module_hash"]).lower()
    return value


def _unknown(text: str) -> UnknownNameError:
    try:
        named_cells.get(text[:80])
    except UnknownNameError as error:
        return UnknownNameError(f"{error}, a 32-digit hash, or JSON")
    return UnknownNameError(f"unknown cell {text[:80]!r}")  # a text that begins with a name


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
