"""Searches on benchmark records: hundreds of independent runs of a strategy, stepped as arrays.

The protocol is that of the benchmark's own notebook: every query draws one of the cell's repeats
and is charged with its training time, the incumbent is chosen by validation accuracy, and a run
ends with the query that exceeds the simulated time.

    table = search_table.read_table(opening.open_table("nasbench_only108.tfrecord").store)
    found = search(AccuracyObjective(table), table, "evolution", SearchSettings(runs=500))
    found.regret_at([1e6, 5e6])  # (2, 500)

Source: google-research/nasbench, NASBench.ipynb.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nasbench_templates.space.labelled_space import labelled_space
from nasbench_templates.space.search_objective import Objective
from nasbench_templates.space.search_strategies import NO_ROW, Draws, strategies
from nasbench_templates.space.search_table import OUTSIDE, SearchTable
from nasbench_templates.space.variation import Genotypes
from nasbench_templates.support import kinds
from nasbench_templates.support.errors import ConfigError, check_seed
from nasbench_templates.support.frozen import freeze_fields

# A run that asked so often in a row for what it knows, which costs nothing, ends.
MOST_FREE = 20_000


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How to search; the defaults are the notebook's, with 500 runs.

    Attributes:
        runs: independent repetitions, at least 1.
        simulated_seconds: training time after which a run ends, above 0.
        population: of evolution, at least 1.
        tournament: members that compete, 1..population.
        charges_repeats: whether a cell that a run asked for before is trained again: another of its
            repeats is drawn, and its time charged. If not, its first answer is remembered and free.
        seed: of all draws, at least 0.
    """

    runs: int = 500
    simulated_seconds: float = 5e6
    population: int = 50
    tournament: int = 10
    charges_repeats: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        freeze_fields(self)
        kinds.check_fields(self)
        check_seed(self.seed)
        if self.runs < 1 or not 0 < self.simulated_seconds < float("inf"):
            raise ConfigError(
                "expected a run at least and simulated seconds above 0, received "
                f"{self.runs} and {self.simulated_seconds}"
            )
        if not 1 <= self.tournament <= self.population:
            raise ConfigError(
                "expected a tournament of 1 up to the population, received "
                f"{self.tournament} of {self.population}"
            )


@dataclass(frozen=True, slots=True)
class Incumbents:
    """Every time that a run found something better, in the order of time within a run.

    Each array has the shape `(improvements,)`.

    Attributes:
        run: whose.
        seconds: simulated time at the end of its training.
        fitness: what it was chosen by.
        row: of the table.
        template: its place among those that were searched.
    """

    run: np.ndarray
    seconds: np.ndarray
    fitness: np.ndarray
    row: np.ndarray
    template: np.ndarray


@dataclass(frozen=True, slots=True)
class BestCell:
    """The best that any run of a strategy chose, by validation accuracy or by cost.

    Attributes:
        module_hash: of the cell.
        template: under which.
        accuracy: the table's mean accuracy of the cell, in the table's metric.
    """

    module_hash: str
    template: str
    accuracy: float


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """What the runs of one strategy found; counts have the shape `(runs,)`.

    Attributes:
        strategy: name.
        incumbents: of all runs.
        regret: of every incumbent, at least 0.
        evaluations: answers that a run heard.
        distinct: cells among them.
        isomorphic: children that were isomorphic to a cell that the run knew.
        outside: children that the table lacks, skipped.
        invalid: draws that were no cell of the space.
        stalled: whether a run ended before its time, for want of anything new.
        best: of all runs; `None` where none heard an answer.
    """

    strategy: str
    incumbents: Incumbents
    regret: np.ndarray
    evaluations: np.ndarray
    distinct: np.ndarray
    isomorphic: np.ndarray
    outside: np.ndarray
    invalid: np.ndarray
    stalled: np.ndarray
    best: BestCell | None

    @property
    def runs(self) -> int:
        """How many there are."""
        return len(self.evaluations)

    @property
    def first_seconds(self) -> float:
        """Simulated time from which on every run has an incumbent."""
        begins = np.full(self.runs, np.inf)
        np.minimum.at(begins, self.incumbents.run, self.incumbents.seconds)
        return float(begins.max())

    def regret_at(self, seconds: Sequence[float] | np.ndarray) -> np.ndarray:
        """Returns the regret of every run's incumbent, NaN where it has none yet.

        Args:
            seconds: simulated times; what was being trained then does not count.

        Returns:
            Shape `(times, runs)`.
        """
        known, found = self.incumbents, np.full((len(seconds), self.runs), np.nan)
        order = np.argsort(known.run, kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(known.run, minlength=self.runs))[:-1])
        for run, part in enumerate(parts):
            places = np.searchsorted(known.seconds[part], seconds, side="right") - 1
            is_there = places >= 0
            found[is_there, run] = self.regret[part[places[is_there]]]
        return found


def search(
    objective: Objective,
    table: SearchTable,
    strategy: str,
    settings: SearchSettings,
    on_seconds: Callable[[float], object] = lambda seconds: None,
) -> SearchOutcome:
    """Returns what all runs of a strategy found.

    Args:
        objective: what is looked for.
        table: that is asked.
        strategy: registered name.
        settings: how.
        on_seconds: called with the simulated seconds that passed, of all runs together.

    Raises:
        UnknownNameError: an unknown strategy.
        ConfigError: more than 127 templates.
    """
    if len(objective.templates) > np.iinfo(np.int8).max:
        raise ConfigError(f"expected at most 127 templates, received {len(objective.templates)}")
    return _Search(objective, table, strategy, settings).run(on_seconds)


class _Search:
    def __init__(
        self, objective: Objective, table: SearchTable, strategy: str, settings: SearchSettings
    ):
        self._objective, self._table, self._settings = objective, table, settings
        self._name = strategies.canonical(strategy)
        # So that a strategy's result does not depend on which others are asked for.
        self._generator = np.random.default_rng([settings.seed, *self._name.encode()])
        self._draws = Draws(settings.runs, self._rows_of, len(objective.templates), self._generator)
        make = strategies.get(strategy)
        self._strategy = make(self._draws, settings.population, settings.tournament)
        counts = (np.zeros(settings.runs, np.int64) for _ in range(4))
        self._evaluations, self._distinct, self._known, self._free = counts
        self._spent = np.zeros(settings.runs)
        self._incumbent = np.full(settings.runs, -np.inf)
        # A bit for every row and run.
        self._seen = np.zeros((settings.runs, -(-len(table) // 8)), np.uint8)

    def _rows_of(self, genotypes: Genotypes) -> np.ndarray:
        space = labelled_space()
        rows = self._table.rows_of(space.cells_of(genotypes.masks, genotypes.labellings))
        is_there = self._objective.exists(np.maximum(rows, 0), genotypes.templates)
        return np.where((rows >= 0) & ~is_there, OUTSIDE, rows)

    def run(self, on_seconds: Callable[[float], object]) -> SearchOutcome:
        """Steps until all runs have ended."""
        settings = self._settings
        live, stalled = np.arange(settings.runs), np.zeros(settings.runs, bool)
        found = []
        while len(live):
            asked, rows = self._strategy.ask(live)
            is_lost = rows == NO_ROW
            if is_lost.any():
                stalled[live[is_lost]] = True
                live, asked, rows = live[~is_lost], asked[~is_lost], rows[~is_lost]
                if not len(live):
                    break
            fitness, seconds = self._answers(live, asked, rows)
            self._spent[live] += seconds
            is_better = fitness > self._incumbent[live]
            better = live[is_better]
            self._incumbent[better] = fitness[is_better]
            templates = asked.templates[is_better]
            found.append(
                (better, self._spent[better], fitness[is_better], rows[is_better], templates)
            )
            self._strategy.tell(live, asked, fitness)
            on_seconds(float(seconds.sum()))
            is_stuck = self._free[live] >= MOST_FREE
            stalled[live[is_stuck]] = True
            live = live[(self._spent[live] <= settings.simulated_seconds) & ~is_stuck]
        return self._outcome(found, stalled)

    def _answers(
        self, live: np.ndarray, asked: Genotypes, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns fitness and charged seconds of what some runs ask for."""
        bit = (1 << (rows & 7)).astype(np.uint8)
        is_known = self._seen[live, rows >> 3] & bit != 0
        self._seen[live, rows >> 3] |= bit
        self._evaluations[live] += 1
        self._known[live] += is_known
        self._distinct[live] += ~is_known
        table, first, counts = self._table, self._table.first[rows], self._table.num_runs[rows]
        if self._settings.charges_repeats:
            drawn = first + self._generator.integers(counts)
            return self._objective.fitness(rows, asked.templates, drawn), table.seconds[drawn]
        # One repeat for each cell and run, always the same, so that nothing has to be remembered.
        drawn = first + _mixed(self._settings.seed, live, rows) % counts
        self._free[live] = np.where(is_known, self._free[live] + 1, 0)
        seconds = np.where(is_known, 0.0, table.seconds[drawn])
        return self._objective.fitness(rows, asked.templates, drawn), seconds

    def _outcome(
        self, found: Sequence[tuple[np.ndarray, ...]], stalled: np.ndarray
    ) -> SearchOutcome:
        empty = (np.zeros(0, np.int64),) * 5
        columns = map(np.concatenate, zip(*(found or [empty]), strict=True))
        incumbents = Incumbents(*columns)
        return SearchOutcome(
            self._name,
            incumbents,
            self._objective.regret(incumbents.row, incumbents.template),
            self._evaluations,
            self._distinct,
            self._known + self._draws.left_out,
            self._draws.outside,
            self._draws.invalid,
            stalled,
            self._best(incumbents),
        )

    def _best(self, incumbents: Incumbents) -> BestCell | None:
        if not len(incumbents.fitness):
            return None
        place = incumbents.fitness.argmax()
        row = int(incumbents.row[place])
        template = self._objective.templates[int(incumbents.template[place])]
        return BestCell(self._table.hash_of(row), template, float(self._table.accuracy[row]))


def _mixed(seed: int, runs: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Returns a number of 31 bits for each run and row, as good as random.

    Source: the finalizer of splitmix64.
    """
    start = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    bits = (runs.astype(np.uint64) << np.uint64(32) | rows.astype(np.uint64)) ^ start
    bits = (bits ^ bits >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ bits >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (bits >> np.uint64(33)).astype(np.int64)
