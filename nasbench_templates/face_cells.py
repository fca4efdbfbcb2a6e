"""Lists of cells from Python; users import the function from `nasbench_templates`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_templates.face_arguments import check_names

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from nasbench_templates.networks.cells import Cell

ALL_TEMPLATES = ("base", "a", "b", "c", "d", "e")
_CELL_MODEL = "nasbench101"


def match_cells(
    cells: Iterable[object],
    templates: str | Sequence[str] = ALL_TEMPLATES,
    *,
    records: str | pathlib.Path | Sequence[str | pathlib.Path] = (),
    input_shape: tuple[int, int, int] = (32, 32, 3),
    num_classes: int = 10,
    options: Mapping[str, object] | None = None,
    **matching: Any,
) -> pd.DataFrame:
    """Returns many cells under templates, a row for each cell and template; nothing is trained.

    A thousand cells of the benchmark's space take about a second. Where there is no network,
    `problem` says why.

    Args:
        cells: each as the argument `cell` of `network`, or a module hash that `records` hold.
        templates: as of `match`.
        records: files or folders; recorded mean accuracies stand beside, fractions.
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        options: of the network around the cells, for example `{"stem_filters": 16}`.
        **matching: fields of `MatchSettings`.

    Raises:
        UnknownNameError: an unknown template or cell.
        ConfigError: settings that there are not.
        SpecError: a malformed cell.

    Example:
        >>> match_cells(["resnet", "best"], "b")["peak"].tolist()
        [193, 193]
    """
    import pathlib

    import pandas as pd

    from nasbench_templates.design import planning
    from nasbench_templates.design.settings import MatchSettings, NetworkSettings
    from nasbench_templates.networks.cells import Cell
    from nasbench_templates.networks.named_cells import named_cells
    from nasbench_templates.space import cell_matching

    check_names(MatchSettings, matching)
    paths = [records] if isinstance(records, str | pathlib.Path) else list(records)
    given = list(cells)
    known = cell_matching.records(
        [each for each in given if isinstance(each, str) and each not in named_cells],
        list(map(str, paths)),
    )

    def as_cell(cell: object) -> Cell:
        record = known.get(cell) if isinstance(cell, str) else None
        if record is not None and record.matrix is not None and record.operations is not None:
            return Cell.parse(record.matrix, record.operations)
        return _cell(cell)

    found = [as_cell(each) for each in given]
    around = NetworkSettings(_CELL_MODEL, input_shape, num_classes, dict(options or {}))
    names = planning.split_names(templates)
    rows = cell_matching.match_cells(found, names, around, MatchSettings(**matching))
    return pd.DataFrame(cell_matching.table(found, rows, list(map(str, paths))))


def _cell(cell: Any) -> Cell:
    from nasbench_templates.benchmark_records import asked_cells
    from nasbench_templates.networks.named_cells import named_cells

    return named_cells.get(cell).cell if isinstance(cell, str) else asked_cells.cell_of(cell)
