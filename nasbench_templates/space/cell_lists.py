"""Lists of cells as people write them: lines of a file, or a sequence in Python."""

import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nasbench_templates.benchmark_records import asked_cells, cell_texts, record108
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
    """Returns the cells of lines, each as `cell_texts.resolve_line` takes it.

    Args:
        lines: blank ones are passed over.
        source: what messages call them.
        record_paths: where hashes are looked up.
        limit: so many of the cells, the first ones.

    Raises:
        ConfigError: no line with a cell.
        SpecError: a malformed line or damaged records, with the line's number.
    """
    given = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not given:
        raise ConfigError(f"{source}: expected at least one cell, a cell a line, received none")
    found = []
    recorded = _recorded([line for _, line in given[:limit]], record_paths)
    for number, line in given[:limit]:
        try:
            found.append(recorded.get(line) or cell_texts.resolve_line(line, record_paths))
        except (SpecError, ConfigError, RecordError) as error:
            raise SpecError(f"{source}, line {number}: {describe(error)}") from None
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
    recorded = _recorded([each for each in given if isinstance(each, str)], record_paths)
    return [
        (recorded.get(each) or cell_texts.resolve(each, record_paths)).cell
        if isinstance(each, str)
        else asked_cells.cell_of(each)
        for each in given
    ]


def _is_list(text: str) -> bool:
    """Returns whether a text is the path of a list: not the name or the JSON file of one cell."""
    if text in named_cells or text.endswith(".json"):
        return False
    return text.endswith(ENDINGS) or os.path.isfile(text)


def _recorded(names: Sequence[str], record_paths: Sequence[str]) -> dict[str, FoundCell]:
    """Returns the cells of the hashes among names that records hold, looked up at once."""
    hashes = [name for name in names if record108.is_hash(name)]
    if not hashes or not record_paths:
        return {}
    return {
        name: FoundCell(Cell.parse(record.matrix, record.operations), name)
        for name, record in cell_matching.records(hashes, record_paths).items()
        if record.matrix is not None and record.operations is not None
    }
