"""Lists of cells as people write them: lines of a file, or a sequence in Python."""

import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nasbench_templates.benchmark_records import cell_texts, record108
from nasbench_templates.benchmark_records.asked_cells import AskedCell
from nasbench_templates.benchmark_records.cell_texts import FoundCell
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.space import cell_matching
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, RecordError, SpecError, describe

# How files with a cell a line end.
ENDINGS = (".jsonl", ".txt")


def read(
    path: str, record_paths: Sequence[str], *, source: str | None = None, limit: int | None = None
) -> list[FoundCell]:
    """Returns the cells of a file of lines, as `parse` does.

    Args:
        path: of the file.
        record_paths: where hashes are looked up.
        source: what messages call it; by default its path.
        limit: so many of its cells, the first ones.

    Raises:
        ConfigError: no such file, or no line with a cell.
        SpecError: a malformed line, with its number.
        RecordError: damaged records.
    """
    try:
        lines = texts.read_lines(pathlib.Path(path))
    except OSError as error:
        raise ConfigError(
            f"{source or path}: expected a file with a cell a line: {error.strerror}"
        ) from None
    return parse(lines, source or path, record_paths, limit)


def parse(
    lines: Iterable[str], source: str, record_paths: Sequence[str], limit: int | None = None
) -> list[FoundCell]:
    """Returns the cells of the lines that `asked` takes.

    Args:
        lines: with a cell each.
        source: what messages call them.
        record_paths: where hashes are looked up.
        limit: so many of the cells, the first ones.

    Raises:
        ConfigError: no line with a cell.
        SpecError: a malformed line, with its number.
        RecordError: damaged records.
    """
    given = asked(lines, source, limit)
    recorded = _recorded([each for _, each in given], record_paths)
    found = []
    for number, each in given:
        try:
            found.append(_found(each, recorded, record_paths))
        except (SpecError, ConfigError) as error:
            raise SpecError(f"{source}, line {number}: {describe(error)}") from None
    return found


def hashes(lines: Iterable[str], source: str) -> list[str]:
    """Returns the module hashes of the lines that `asked` takes, without a look at records.

    Args:
        lines: with a cell each.
        source: what messages call them.

    Raises:
        ConfigError: no line with a cell.
        SpecError: a malformed line, with its number.
    """
    found = []
    for number, each in asked(lines, source):
        try:
            found.append(cell_texts.hash_of(each))
        except (SpecError, ConfigError, RecordError) as error:
            raise SpecError(f"{source}, line {number}: {describe(error)}") from None
    return found


def asked(
    lines: Iterable[str], source: str, limit: int | None = None
) -> list[tuple[int, AskedCell]]:
    """Returns what lines ask for as `cell_texts.asked_by` reads them, with their numbers from 1.

    Args:
        lines: blank ones, comments (`#`) and titles before the first cell are passed over.
        source: what messages call them.
        limit: so many of the cells, the first ones.

    Raises:
        ConfigError: no line with a cell.
        SpecError: a malformed line, or one without a cell between cells, with its number.
    """
    found: list[tuple[int, AskedCell]] = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        if len(found) == limit:
            break
        try:
            each = cell_texts.asked_by(line)
        except SpecError as error:
            raise SpecError(f"{source}, line {number}: {describe(error)}") from None
        if each is not None:
            found.append((number, each))
        elif found:
            raise SpecError(
                f"{source}, line {number}: expected a line that begins with a cell, its hash or "
                f"its name, received {line[:80]!r}"
            )
    if not found:
        raise ConfigError(f"{source}: expected at least one cell, a cell a line, received none")
    return found


def cells_of(cells: Iterable[Any] | str | pathlib.Path, record_paths: Sequence[str]) -> list[Cell]:
    """Returns the cells that a caller in Python names.

    Args:
        cells: names, hashes and graphs in any form of `asked_cells.cell_of`; one of them alone; or
            the path of a file of lines.
        record_paths: where hashes are looked up.

    Raises:
        UnknownNameError: an unknown name.
        ConfigError: a hash that no record has, or no such file.
        SpecError: a malformed cell.
        RecordError: damaged records.
    """
    if isinstance(cells, pathlib.Path) or (isinstance(cells, str) and _is_list(cells)):
        return [each.cell for each in read(str(cells), record_paths)]
    if isinstance(cells, str | Mapping) or hasattr(cells, "ops"):
        cells = [cells]
    given = list(cells)
    recorded = _recorded(given, record_paths)
    return [_found(each, recorded, record_paths).cell for each in given]


def _is_list(text: str) -> bool:
    """Returns whether a text is the path of a list: not the name or the JSON file of one cell."""
    if text in named_cells or text.endswith(".json"):
        return False
    return text.endswith(ENDINGS) or os.path.isfile(text)


def _found(
    asked: AskedCell, recorded: Mapping[str, FoundCell], record_paths: Sequence[str]
) -> FoundCell:
    known = recorded.get(asked.lower()) if isinstance(asked, str) else None
    return known or cell_texts.resolve_asked(asked, record_paths)


def _recorded(asked: Iterable[AskedCell], record_paths: Sequence[str]) -> dict[str, FoundCell]:
    """Returns the cells of the hashes that records hold, looked up at once."""
    names = [each.lower() for each in asked if isinstance(each, str)]
    known = [name for name in names if record108.is_hash(name)]
    if not known or not record_paths:
        return {}
    return {
        name: FoundCell(Cell.parse(record.matrix, record.operations), name)
        for name, record in cell_matching.records(known, record_paths).items()
        if record.matrix is not None and record.operations is not None
    }
