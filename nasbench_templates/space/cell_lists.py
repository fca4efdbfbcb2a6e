"""Lists of cells as people write them: lines of a file, or a sequence in Python."""

import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nasbench_templates.benchmark_records import asked_cells, cell_texts, record108
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.space import cell_matching
from nasbench_templates.support import texts
from nasbench_templates.support.errors import ConfigError, SpecError, describe


def parse(lines: Iterable[str], source: str, record_paths: Sequence[str]) -> list[Cell]:
    """Returns the cells of lines, each as `cell_texts.resolve_line` takes it.

    Args:
        lines: blank ones are passed over.
        source: what messages call them.
        record_paths: where hashes are looked up.

    Raises:
        ConfigError: no line with a cell.
        SpecError: a malformed line, with its number.
        RecordError: damaged records.
    """
    given = {number: line.strip() for number, line in enumerate(lines, 1) if line.strip()}
    if not given:
        raise ConfigError(f"{source}: expected at least one cell, received none")
    graphs = _graphs([line for line in given.values() if record108.is_hash(line)], record_paths)
    cells = []
    for number, line in given.items():
        try:
            cells.append(graphs.get(line) or cell_texts.resolve_line(line, record_paths).cell)
        except (SpecError, ConfigError) as error:
            raise SpecError(f"{source}, line {number}: {describe(error)}") from None
    return cells


def cells_of(cells: Iterable[Any] | str | pathlib.Path, record_paths: Sequence[str]) -> list[Cell]:
    """Returns the cells that a caller in Python names.

    Args:
        cells: names, hashes and graphs in any form of `asked_cells.cell_of`; one of them alone; or
            the path of a file of lines.
        record_paths: where hashes are looked up.

    Raises:
        UnknownNameError: an unknown name.
        ConfigError: a hash that no record has.
        SpecError: a malformed cell.
        RecordError: damaged records.
    """
    if isinstance(cells, pathlib.Path) or (isinstance(cells, str) and _is_file(cells)):
        return parse(texts.read_lines(pathlib.Path(cells)), str(cells), record_paths)
    if isinstance(cells, str | Mapping) or hasattr(cells, "ops"):
        cells = [cells]
    given = list(cells)
    hashes = [each for each in given if isinstance(each, str) and record108.is_hash(each)]
    graphs = _graphs(hashes, record_paths)
    return [
        graphs.get(each) or cell_texts.resolve(each, record_paths).cell
        if isinstance(each, str)
        else asked_cells.cell_of(each)
        for each in given
    ]


def _is_file(text: str) -> bool:
    return text not in named_cells and not record108.is_hash(text) and pathlib.Path(text).is_file()


def _graphs(hashes: Sequence[str], record_paths: Sequence[str]) -> dict[str, Cell]:
    if not hashes or not record_paths:
        return {}
    return {
        name: Cell.parse(record.matrix, record.operations)
        for name, record in cell_matching.records(hashes, record_paths).items()
        if record.matrix is not None and record.operations is not None
    }
