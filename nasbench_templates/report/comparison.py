"""Own measurements of cells beside the benchmark's records of them.

Pairs the cells that two tables share, each at a budget of its own, and sums up how far the two
agree. Reading tables is `benchmark.records`' business.
"""

import dataclasses
import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from nasbench_templates.benchmark_records import cell_record
from nasbench_templates.benchmark_records.cell_record import CellRecord
from nasbench_templates.execution.evaluation import Score
from nasbench_templates.report import rank_correlation
from nasbench_templates.report.rank_correlation import RankAgreement
from nasbench_templates.support.errors import RecordError

SPLITS = ("validation", "test")


def mean_of(score: Score) -> float:
    """Returns the mean of a compared score; all of them have values."""
    return math.nan if score.mean is None else score.mean


@dataclasses.dataclass(frozen=True, slots=True)
class CellComparison:
    """One cell in both tables.

    Attributes:
        module_hash: of the cell.
        ours: accuracies of our runs, one for each seed.
        record: accuracies of the record's repeats.
        our_params: trainable parameters of our network; `None` if unknown.
        record_params: of the benchmark's; `None` if unknown.
    """

    module_hash: str
    ours: Score
    record: Score
    our_params: int | None
    record_params: int | None

    @property
    def difference(self) -> float:
        """Mean of ours minus mean of the record's."""
        return mean_of(self.ours) - mean_of(self.record)

    @property
    def has_equal_params(self) -> bool | None:
        """Whether both trained a network of the same size; `None` where one does not say."""
        if self.our_params is None or self.record_params is None:
            return None
        return self.our_params == self.record_params

    def to_json(self) -> dict[str, object]:
        """Returns the row of the machine-readable form."""
        return {
            "module_hash": self.module_hash,
            "accuracy": self.ours.to_json(),
            "record_accuracy": self.record.to_json(),
            "difference": self.difference,
            "trainable_params": self.our_params,
            "record_trainable_params": self.record_params,
            "params_equal": self.has_equal_params,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """How far two tables agree over all cells that they share.

    Attributes:
        ranks: correlations of the mean accuracies.
        mean_absolute_difference: over the cells, of the mean accuracies.
        mean_difference: ours minus the record's.
        num_different_params: cells whose parameter counts are known and differ.
    """

    ranks: RankAgreement
    mean_absolute_difference: float
    mean_difference: float
    num_different_params: int

    def to_json(self) -> dict[str, object]:
        """Returns the machine-readable form."""
        return {
            "num_cells": self.ranks.count,
            "spearman": self.ranks.spearman.to_json(),
            "kendall": self.ranks.kendall.to_json(),
            "interval_level": self.ranks.level,
            "num_resamples": self.ranks.num_resamples,
            "mean_absolute_difference": self.mean_absolute_difference,
            "mean_difference": self.mean_difference,
            "num_different_params": self.num_different_params,
        }


def join(tables: Mapping[str, Mapping[str, CellRecord]]) -> dict[str, CellRecord]:
    """Returns the cells of several tables, each with its runs from all of them.

    Args:
        tables: by what messages call them, such as their folders.

    Raises:
        RecordError: two tables disagree on the graph or the parameter count of a cell.
    """
    parts: dict[str, dict[str, CellRecord]] = {}
    for name, table in tables.items():
        for module_hash, cell in table.items():
            parts.setdefault(module_hash, {})[name] = cell
    return {
        module_hash: cell_record.combine(list(cells.values()), list(cells))
        for module_hash, cells in parts.items()
    }


def only_budget(cells: Mapping[str, CellRecord], preferred: int) -> int:
    """Returns the budget in epochs that a table's runs have, or the preferred one of several.

    Raises:
        RecordError: several, and the preferred one is not among them.
    """
    budgets = sorted({epochs for cell in cells.values() for epochs in cell.runs})
    if len(budgets) == 1:
        return budgets[0]
    if preferred not in budgets:
        raise RecordError(
            f"expected runs of {preferred} epochs among the results, found "
            f"{', '.join(map(str, budgets)) or 'no runs'}; choose with --results_budget"
        )
    return preferred


def pair(
    ours: Mapping[str, CellRecord],
    records: Mapping[str, CellRecord],
    *,
    our_budget: int,
    record_budget: int,
    split: str,
) -> tuple[CellComparison, ...]:
    """Returns the cells with an accuracy in both tables, in our order.

    Args:
        ours: our cells by hash.
        records: the benchmark's by hash.
        our_budget: epochs of our runs.
        record_budget: epochs of the benchmark's.
        split: one of `SPLITS`.

    Raises:
        RecordError: no such cell.
    """
    pairs = []
    for module_hash, cell in ours.items():
        known = records.get(module_hash)
        if known is None:
            continue
        scores = _score(cell, our_budget, split), _score(known, record_budget, split)
        if all(score.values for score in scores):
            params = cell.trainable_parameters, known.trainable_parameters
            pairs.append(CellComparison(module_hash, *scores, *params))
    if not pairs:
        raise RecordError(
            f"expected a cell with {split} accuracy both in the results at {our_budget} epochs and "
            f"in the records at {record_budget}, found none among {len(ours)} cells, of which the "
            f"records have {sum(name in records for name in ours)}"
        )
    return tuple(pairs)


def _score(cell: CellRecord, budget: int, split: str) -> Score:
    name = f"final_{split}_accuracy"
    return Score(cell_record.present(getattr(run, name) for run in cell.runs.get(budget, ())))


def summarize(
    pairs: Sequence[CellComparison],
    *,
    num_resamples: int,
    seed: int,
    on_resample: Callable[[], object] | None = None,
) -> Summary:
    """Returns how far the tables agree; see `rank_correlation.rank_agreement` for the arguments."""
    ranks = rank_correlation.rank_agreement(
        [mean_of(each.ours) for each in pairs],
        [mean_of(each.record) for each in pairs],
        num_resamples=num_resamples,
        seed=seed,
        on_resample=on_resample,
    )
    differences = [each.difference for each in pairs]
    return Summary(
        ranks=ranks,
        mean_absolute_difference=statistics.fmean(map(abs, differences)),
        mean_difference=statistics.fmean(differences),
        num_different_params=sum(each.has_equal_params is False for each in pairs),
    )
