"""Several strategies on one table, and how their regret falls: curves over simulated time.

table = search_table.read_table(opening.open_table("nasbench_only108.tfrecord").store)
found = compare_strategies(AccuracyObjective(table), table, ["random"], SearchSettings())
found.to_pandas()  # strategy, simulated_seconds, runs, mean, median, q25, q75
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nasbench_templates.space.record_search import SearchOutcome, SearchSettings, search
from nasbench_templates.space.search_objective import Objective
from nasbench_templates.space.search_strategies import strategies
from nasbench_templates.space.search_table import SearchTable
from nasbench_templates.support import tables
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

_POINTS = 200


class CurvePoint(NamedTuple):
    """The regret of all runs of a strategy at one time.

    Attributes:
        strategy: name.
        simulated_seconds: training time so far.
        runs: how many.
        mean: of their regret, at least 0.
        median: likewise.
        q25: a quarter of the runs are not above it.
        q75: three quarters are not.
    """

    strategy: str
    simulated_seconds: float
    runs: int
    mean: float
    median: float
    q25: float
    q75: float


class Summary(NamedTuple):
    """One strategy in a line: the regret at the end, and means of a run's counts.

    Attributes:
        strategy: name.
        runs: how many.
        mean: of the regret at the end.
        median: likewise.
        q25: likewise.
        q75: likewise.
        evaluations: answers that a run heard.
        distinct: cells among them.
        isomorphic: children isomorphic to a cell that the run knew.
        outside: children that the table lacks, skipped.
        invalid: draws that were no cell of the space.
        stalled: runs that ended before their time; their number, not a mean.
        best_hash: module hash of the best cell that any of the runs chose, by validation accuracy
            or by cost; `None` where no run heard an answer.
        best_template: under which it was.
        best_accuracy: mean accuracy of that cell's record, in the table's metric.
    """

    strategy: str
    runs: int
    mean: float
    median: float
    q25: float
    q75: float
    evaluations: float
    distinct: float
    isomorphic: float
    outside: float
    invalid: float
    stalled: int
    best_hash: str | None
    best_template: str | None
    best_accuracy: float | None


@dataclass(frozen=True, slots=True, repr=False)
class RecordSearch:
    """What several strategies found on one table.

    Attributes:
        description: what was searched, in words.
        unit: of the regret.
        settings: how.
        outcomes: of each strategy.
    """

    description: str
    unit: str
    settings: SearchSettings
    outcomes: tuple[SearchOutcome, ...]

    def curves(self) -> list[CurvePoint]:
        """Returns the curves, strategy after strategy.

        They begin when every run of every strategy has finished its first training.
        """
        begin = max(outcome.first_seconds for outcome in self.outcomes)
        times = np.geomspace(begin, self.settings.simulated_seconds, _POINTS)
        # The powers of 10 in between would round the ends.
        times[0], times[-1] = begin, self.settings.simulated_seconds
        return [
            CurvePoint(outcome.strategy, float(seconds), outcome.runs, *_bands(regrets))
            for outcome in self.outcomes
            for seconds, regrets in zip(times, outcome.regret_at(times), strict=True)
        ]

    def summaries(self) -> list[Summary]:
        """Returns a line for each strategy."""
        return [
            Summary(
                outcome.strategy,
                outcome.runs,
                *_bands(outcome.regret_at([self.settings.simulated_seconds])[0]),
                evaluations=float(outcome.evaluations.mean()),
                distinct=float(outcome.distinct.mean()),
                isomorphic=float(outcome.isomorphic.mean()),
                outside=float(outcome.outside.mean()),
                invalid=float(outcome.invalid.mean()),
                stalled=int(outcome.stalled.sum()),
                **_best(outcome),
            )
            for outcome in self.outcomes
        ]

    def __repr__(self) -> str:
        ends = ", ".join(f"{each.strategy} {each.mean:.4g}" for each in self.summaries())
        return f"RecordSearch({self.description}: mean regret at the end {ends} {self.unit})"

    def _repr_html_(self) -> str:
        rows = [list(map(_shown, row)) for row in self.summaries()]
        sides = [False] + [True] * (len(Summary._fields) - 1)
        title = f"{self.description}; regret at the end in {self.unit}"
        return tables.html(title, Summary._fields, rows, sides)

    def to_pandas(self) -> "pd.DataFrame":
        """Returns the curves as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.curves())


def compare_strategies(
    objective: Objective,
    table: SearchTable,
    names: Sequence[str],
    settings: SearchSettings,
    on_seconds: Callable[[float], object] = lambda seconds: None,
) -> RecordSearch:
    """Returns what strategies find.

    Args:
        objective: what is looked for.
        table: that is asked.
        names: registered strategies, each once.
        settings: how.
        on_seconds: see `record_search.search`.

    Raises:
        UnknownNameError: an unknown strategy.
        ConfigError: no strategy or one twice, or less time than the longest training takes.
    """
    asked = [strategies.canonical(name) for name in names]
    for name in asked:
        strategies.get(name)
    if not asked or len(set(asked)) < len(asked):
        raise ConfigError(f"expected strategies, each once, received {list(names)}")
    longest = float(table.seconds[table.first].max())
    for repeat in range(1, int(table.num_runs.max())):
        rows = table.num_runs > repeat
        longest = max(longest, float(table.seconds[table.first[rows] + repeat].max()))
    if settings.simulated_seconds <= longest:
        raise ConfigError(
            f"expected more simulated seconds than the longest training of {table.name}, "
            f"{longest:.0f}, received {settings.simulated_seconds:.0f}"
        )
    outcomes = tuple(search(objective, table, name, settings, on_seconds) for name in asked)
    return RecordSearch(table.description, objective.unit, settings, outcomes)


def _best(outcome: SearchOutcome) -> dict[str, Any]:
    best = outcome.best
    return {
        "best_hash": best and best.module_hash,
        "best_template": best and best.template,
        "best_accuracy": best and best.accuracy,
    }


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _bands(regrets: np.ndarray) -> tuple[float, float, float, float]:
    """Returns mean, median and the quartiles."""
    low, median, high = np.quantile(regrets, (0.25, 0.5, 0.75))
    return float(regrets.mean()), float(median), float(low), float(high)
