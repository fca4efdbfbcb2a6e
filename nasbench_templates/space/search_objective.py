"""What a search on records looks for: the highest accuracy, or the lowest cost under templates.

No record says how accurate a cell is under a template. So with templates only the cost is
searched: the fewest parameters or multiply-accumulates of any pair of cell and template, among the
cells whose own record reaches an accuracy. The cost is exact, the accuracy is that of the published
widths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.space import cell_classes, enumeration
from nasbench_templates.space.class_matching import match_classes
from nasbench_templates.space.search_table import SearchTable
from nasbench_templates.support.errors import ConfigError

ACCURACY = "accuracy"
COSTS = ("trainable_params", "macs")
# Below every accuracy: pairs that are not accurate enough come after all that are.
_TOO_INACCURATE = -2.0


class Objective(Protocol):
    """What is looked for."""

    @property
    def templates(self) -> tuple[str, ...]:
        """Names of those that are searched, one at least."""

    @property
    def unit(self) -> str:
        """Of the regret, for the label of an axis."""

    def exists(self, rows: np.ndarray, templates: np.ndarray) -> np.ndarray:
        """Returns whether there are networks of rows of the table under templates."""

    def fitness(self, rows: np.ndarray, templates: np.ndarray, runs: np.ndarray) -> np.ndarray:
        """Returns what a search selects by, the more the better; it sees runs only."""

    def regret(self, rows: np.ndarray, templates: np.ndarray) -> np.ndarray:
        """Returns how far pairs are from the table's best one, at least 0."""


@dataclass(frozen=True, slots=True)
class AccuracyObjective:
    """The highest validation accuracy; regret in the table's metric.

    Attributes:
        table: of the cells.
    """

    table: SearchTable

    @property
    def templates(self) -> tuple[str, ...]:
        """The published widths alone."""
        return (BASE,)

    @property
    def unit(self) -> str:
        """Of the regret."""
        return f"{self.table.metric} accuracy"

    def exists(self, rows: np.ndarray, templates: np.ndarray) -> np.ndarray:
        """Returns whether there are networks."""
        return np.ones(rows.shape, bool)

    def fitness(self, rows: np.ndarray, templates: np.ndarray, runs: np.ndarray) -> np.ndarray:
        """Returns validation accuracies."""
        return self.table.validation[runs]

    def regret(self, rows: np.ndarray, templates: np.ndarray) -> np.ndarray:
        """Returns the best mean accuracy less that of the rows."""
        return self.table.accuracy.max() - self.table.accuracy[rows]


class CostObjective:
    """The lowest cost of a cell under a template, of cells whose record is accurate enough.

    Regret is the cost over the lowest that any run of the table lets through, less 1; a pair that
    is not accurate enough counts as the dearest one.

    Args:
        table: of the cells.
        cost: one of `COSTS`.
        templates: registered templates, or `"base"`.
        least_accuracy: validation accuracy that a run of the cell's own network has to reach, 0..1.
        network: around the cells; `None` for the benchmark's.
        match: how templates are matched.

    Raises:
        ConfigError: no template, another cost, or an accuracy that no run reaches.
    """

    def __init__(
        self,
        table: SearchTable,
        cost: str,
        templates: Sequence[str],
        least_accuracy: float,
        network: NetworkSettings | None = None,
        match: MatchSettings | None = None,
    ):
        if cost not in COSTS or not templates:
            raise ConfigError(
                f"expected one of {', '.join(COSTS)} and a template at least, received {cost} and "
                f"{list(templates)}"
            )
        self._templates = tuple(templates)
        self._cost = cost
        self._validation = table.validation
        self._least = least_accuracy
        cells = enumeration.canonical_cells()[table.cells]
        classes = cell_classes.classify(cells)
        found = match_classes(
            network or NetworkSettings("nasbench101"), templates, match or MatchSettings(), classes
        )
        self._exists = np.stack([row.problem == "" for row in found], 1)[classes.class_of]
        costs = np.stack([row.costs[cost] for row in found], 1)[classes.class_of]
        self.costs = np.where(self._exists, costs, np.iinfo(np.int64).max)
        self._most = int(costs[self._exists].max())
        highest = np.full(len(table), -np.inf)
        for repeat in range(int(table.num_runs.max())):
            rows = np.flatnonzero(table.num_runs > repeat)
            runs = table.first[rows] + repeat
            highest[rows] = np.maximum(highest[rows], table.validation[runs])
        self._can_pass = highest >= least_accuracy
        if not self._exists[self._can_pass].any():
            raise ConfigError(
                f"expected a least accuracy that a cell with a network reaches, received "
                f"{least_accuracy}; the highest is {highest.max():.6f}"
            )
        self._lowest = int(self.costs[self._can_pass].min())

    @property
    def templates(self) -> tuple[str, ...]:
        """Names of those that are searched."""
        return self._templates

    @property
    def unit(self) -> str:
        """Of the regret."""
        return f"{self._cost}, relative to the lowest"

    def exists(self, rows: np.ndarray, templates: np.ndarray) -> np.ndarray:
        """Returns whether there are networks of rows under templates."""
        return self._exists[rows, templates]

    def fitness(self, rows: np.ndarray, templates: np.ndarray, runs: np.ndarray) -> np.ndarray:
        """Returns minus the share of the dearest cost, or what ranks inaccurate cells."""
        validation = self._validation[runs]
        share = self.costs[rows, templates] / self._most
        return np.where(validation >= self._least, -share, _TOO_INACCURATE + validation - 1)

    def regret(self, rows: np.ndarray, templates: np.ndarray) -> np.ndarray:
        """Returns the relative excess over the lowest cost."""
        costs = np.where(self._can_pass[rows], self.costs[rows, templates], self._most)
        return costs / self._lowest - 1


def make_objective(
    table: SearchTable,
    name: str = ACCURACY,
    templates: Sequence[str] = (BASE,),
    least_accuracy: float | None = None,
) -> Objective:
    """Returns the objective that a user names.

    Args:
        table: of the cells.
        name: `"accuracy"` or one of `COSTS`.
        templates: registered ones; for the accuracy the base alone.
        least_accuracy: of a cost's cells, 0..1; for the accuracy `None`.

    Raises:
        ConfigError: a name, templates or an accuracy that do not go together.
        UnknownNameError: an unknown template.
    """
    if name == ACCURACY:
        if tuple(templates) != (BASE,) or least_accuracy is not None:
            raise ConfigError(
                "expected a cost to minimize with templates or a least accuracy: no record says "
                "how accurate a cell is under a template"
            )
        return AccuracyObjective(table)
    if least_accuracy is None:
        raise ConfigError(
            f"expected least_accuracy (--least_accuracy) with the lowest {name}, the validation "
            "accuracy that a cell's record has to reach, such as 0.94; received none"
        )
    return CostObjective(table, name, templates, least_accuracy)
