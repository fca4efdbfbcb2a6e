"""Lists of cells from Python; users import the function from `nasbench_templates`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_templates.face_arguments import ALL_TEMPLATES, record_sources

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd


def match_cells(
    cells: Iterable[object] | str | pathlib.Path,
    templates: str | Sequence[str] = ALL_TEMPLATES,
    *,
    records: str | pathlib.Path | Sequence[str | pathlib.Path] = (),
    input_shape: tuple[int, int, int] = (32, 32, 3),
    num_classes: int = 10,
    options: Mapping[str, object] | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """Returns many cells under templates, a row for each cell and template; nothing is trained.

    A thousand cells of the benchmark's space take about a second. Where there is no network,
    `problem` says why.

    Args:
        cells: each as the argument `cell` of `network`, or a module hash that `records` hold; one
            cell alone; or the path of a list as of `match --cells`.
        templates: as of `match`.
        records: files or folders; recorded mean accuracies stand beside, fractions.
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
        options: of the network around the cells, for example `{"stem_filters": 16}`.
        **settings: fields of `MatchSettings`, and options of the network by name.

    Raises:
        UnknownNameError: an unknown template or cell.
        ConfigError: settings that there are not, or a hash that no record has.
        SpecError: a malformed cell.

    Example:
        >>> match_cells(["resnet", "best"], "b")["peak"].tolist()
        [193, 193]
        >>> match_cells("resnet", "b", stem_filters=16)["peak"].tolist()
        [24]
    """
    import dataclasses

    from nasbench_templates.design import planning
    from nasbench_templates.design.settings import MatchSettings, NetworkSettings
    from nasbench_templates.networks.named_cells import CELL_MODEL
    from nasbench_templates.space import cell_lists, cell_matching

    fields = {field.name for field in dataclasses.fields(MatchSettings)}
    matching = {name: value for name, value in settings.items() if name in fields}
    own = {name: value for name, value in settings.items() if name not in fields}
    sources = record_sources(records)
    found = cell_lists.cells_of(cells, sources)
    around = NetworkSettings(CELL_MODEL, input_shape, num_classes, {**(options or {}), **own})
    names = planning.split_names(templates)
    rows = cell_matching.match_cells(found, names, around, MatchSettings(**matching))
    return cell_matching.frame(cell_matching.table(found, rows, sources))
