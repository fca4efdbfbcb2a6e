"""Many cells under templates: as arrays where a cell's class decides, one by one elsewhere.

    rows = match_cells(cells, ["base", "b"], NetworkSettings("nasbench101"), MatchSettings())

The results are those of `design.planning.plan` for every cell; a thousand cells take a second.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_templates.benchmark_records.record108 import EPOCHS
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.distributions import template as distributions
from nasbench_templates.distributions.template import BASE, templates
from nasbench_templates.graph import cost as costs
from nasbench_templates.graph.counts import Cost
from nasbench_templates.networks import cell_arrays
from nasbench_templates.networks.cells import Cell
from nasbench_templates.space import class_matching
from nasbench_templates.space.cell_classes import classify
from nasbench_templates.support.errors import BudgetError, SpecError

if TYPE_CHECKING:
    import pandas as pd

    from nasbench_templates.benchmark_records.cell_record import CellRecord

_SPLITS = ("validation", "test")
_COUNTS = ("macs", "flops", "published_flops", "params", "trainable_params", "activations")


@dataclass(frozen=True, slots=True)
class CellRow:
    """One cell under one template.

    Attributes:
        place: of the cell among those asked for.
        template: name.
        filters: width of every stack; empty where there is no network.
        cost: of the network, `None` where there is none.
        base_macs: MACs of the cell's published network.
        gap: relative distance to the budget.
        gap_quantity: what the gap is in, one of `graph.cost.QUANTITIES`.
        problem: why there is no network, empty where there is one.
    """

    place: int
    template: str
    filters: tuple[int, ...]
    cost: Cost | None
    base_macs: int | None
    gap: float | None
    gap_quantity: str
    problem: str = ""

    def to_json(self) -> dict[str, object]:
        """Returns the figures under the names of `Design.to_json`; `None` without a network."""
        cost = self.cost
        percent = 100 * cost.macs / self.base_macs if cost and self.base_macs else None
        return {
            "template": self.template,
            "template_name": distributions.word(self.template),
            "filters": list(self.filters) or None,
            "peak": max(self.filters, default=None),
            **{name: None if cost is None else getattr(cost, name) for name in _COUNTS},
            "macs_percent_of_base": percent,
            "gap": self.gap,
            "gap_quantity": costs.quantity_field(self.gap_quantity),
            "problem": self.problem or None,
        }


def match_cells(
    cells: Sequence[Cell],
    names: Sequence[str],
    network: NetworkSettings,
    settings: MatchSettings,
) -> tuple[CellRow, ...]:
    """Returns a row for each cell and template: all templates of the first cell, and so on.

    Args:
        cells: any; those of the benchmark's space are matched together.
        names: registered templates, or `"base"`.
        network: around the cells, without a cell.
        settings: how to match.

    Raises:
        UnknownNameError: an unknown template.
        ConfigError: options that the architecture does not have.
    """
    chosen = [templates.canonical(name) for name in names]
    for name in chosen:
        if name != BASE:
            templates.get(name)
    rows: dict[int, list[CellRow]] = {}
    together = [place for place, cell in enumerate(cells) if cell.in_space]
    if not _is_of_classes(network, settings):
        together = []
    if together:
        found = _as_arrays([cells[place] for place in together], chosen, network, settings)
        for place, of_cell in zip(together, found, strict=True):
            rows[place] = [dataclasses.replace(row, place=place) for row in of_cell]
    for place, cell in enumerate(cells):
        if place not in rows:
            rows[place] = list(_alone(place, cell, chosen, network, settings))
    return tuple(row for place in range(len(cells)) for row in rows[place])


def _is_of_classes(network: NetworkSettings, settings: MatchSettings) -> bool:
    """Returns whether arrays match as `plan` does: one width for each stack, no corrections."""
    is_by_stack = network.options.get("slots") in (None, "stack")
    return is_by_stack and settings.rule != "closest" and settings.divisor == 1


def _quantity(name: str, settings: MatchSettings) -> str:
    return costs.TOTAL_FILTERS if distributions.keeps_total(name) else settings.match_on


def _as_arrays(
    cells: Sequence[Cell], names: Sequence[str], network: NetworkSettings, settings: MatchSettings
) -> Iterator[list[CellRow]]:
    arrays = cell_arrays.from_cells(cells)
    options = dict(network.options)
    if options.pop("order", None) == "canonical":
        arrays = cell_arrays.canonical(arrays)
    plain = dataclasses.replace(network, options=options)
    classes = classify(arrays)
    try:
        found = class_matching.match_classes(plain, [BASE, *names], settings, classes)
    except SpecError as error:
        # Of every cell alike, for example a template that needs more stacks.
        for _ in cells:
            yield [_missing(0, name, settings, str(error)) for name in names]
        return
    of_class = []
    for place in range(len(classes)):
        base_macs = int(found[0].costs["macs"][place])
        of_class.append([
            CellRow(
                0,
                row.template,
                tuple(row.filters[place].tolist()),
                Cost(*(int(row.costs[field][place]) for field in Cost._fields)),
                base_macs,
                float(row.gap[place]),
                _quantity(row.template, settings),
            )
            if not row.problem[place]
            else _missing(0, row.template, settings, str(row.problem[place]))
            for row in found[1:]
        ])  # fmt: skip
    for number in classes.class_of.tolist():
        yield of_class[number]


def _missing(place: int, name: str, settings: MatchSettings, problem: str) -> CellRow:
    return CellRow(place, name, (), None, None, None, _quantity(name, settings), problem)


def _alone(
    place: int,
    cell: Cell,
    names: Sequence[str],
    network: NetworkSettings,
    settings: MatchSettings,
) -> Iterator[CellRow]:
    around = dataclasses.replace(network, options={**network.options, "cell": cell})
    for name in names:
        try:
            (design,) = plan(around, [name], settings, warns=False)
        except (SpecError, BudgetError) as error:
            yield _missing(place, name, settings, str(error))
            continue
        yield CellRow(
            place, name, design.filters, design.cost, design.base_cost.macs, design.gap,
            design.gap_quantity,
        )  # fmt: skip


def records(hashes: Sequence[str], paths: Sequence[str]) -> "Mapping[str, CellRecord]":
    """Returns what sources of records know of cells; nothing without sources.

    Raises:
        RecordError: damaged records.
    """
    if not paths:
        return {}
    from nasbench_templates.benchmark_records import lookup

    return lookup.read_cells(paths, list(dict.fromkeys(hashes)))


def _accuracy_of(split: str) -> str:
    return f"record_{split}_accuracy"


def frame(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Returns rows of `table` as a data frame; accuracies that are not known are NaN."""
    import pandas as pd

    found = pd.DataFrame(rows)
    columns = [name for name in map(_accuracy_of, _SPLITS) if name in found]
    return found.astype(dict.fromkeys(columns, float))


def table(
    cells: Sequence[Cell], rows: Sequence[CellRow], paths: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Returns `CellRow.to_json` of each row, with the cell's hash and its recorded accuracies.

    Accuracies are means over the repeats of 108 epochs, fractions, `None` where they are not known.

    Args:
        cells: of the rows.
        rows: from `match_cells`.
        paths: sources of records; without any there are no columns of accuracies.

    Raises:
        RecordError: damaged records.
    """
    names = [cell.hash() if cell.in_space else None for cell in cells]
    known = records([name for name in names if name is not None], paths)

    @functools.cache
    def accuracies(name: str | None) -> dict[str, Any]:
        from nasbench_templates.benchmark_records import cell_record

        record = known.get(name or "")
        runs = () if record is None else record.runs.get(EPOCHS, ())
        mean = cell_record.mean_run(runs) if runs else None
        return {
            _accuracy_of(split): mean and getattr(mean, f"final_{split}_accuracy")
            for split in _SPLITS
        }

    return [
        {
            "cell": row.place,
            "hash": names[row.place],
            **row.to_json(),
            **(accuracies(names[row.place]) if paths else {}),
        }
        for row in rows
    ]
