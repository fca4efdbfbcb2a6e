"""Search strategies, each for many independent runs that step together as arrays.

A strategy answers what each run wants to be told next, and hears what came of it. Draws that are no
cells or that the table lacks are drawn again and counted, as the benchmark's notebook does with the
former.

Source: random search and regularised evolution: google-research/nasbench, NASBench.ipynb, and Real
et al., arXiv:1802.01548; local search: White et al., arXiv:2005.02960, algorithm 1.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from nasbench_templates.space import variation
from nasbench_templates.space.labelled_space import INVALID
from nasbench_templates.space.search_table import OUTSIDE
from nasbench_templates.space.variation import Genotypes
from nasbench_templates.support.registry import Registry

# Rows of the table for genotypes, `INVALID` and `OUTSIDE` where there is none.
RowsOf = Callable[[Genotypes], np.ndarray]
# Children that are drawn at once for each run; the first that the table has counts.
_DRAWS = 8
# A run whose so many draws in a row were nothing ends.
MOST_DRAWS = 200_000
NO_ROW = -1


class Draws:
    """Random numbers, and how many draws were nothing, for some runs.

    Args:
        runs: how many there are.
        rows_of: of the table.
        num_templates: that are searched.
        generator: of all draws.

    Attributes:
        invalid: draws that were no cell of the space, shape `(runs,)`.
        outside: draws that the table lacks, shape `(runs,)`.
        left_out: neighbours that were isomorphic to their parent or to each other, `(runs,)`.
    """

    def __init__(
        self, runs: int, rows_of: RowsOf, num_templates: int, generator: np.random.Generator
    ):
        self.runs = runs
        self.rows_of = rows_of
        self.num_templates = num_templates
        self.generator = generator
        self.invalid, self.outside, self.left_out = (np.zeros(runs, np.int64) for _ in range(3))

    def random(self, runs: np.ndarray) -> tuple[Genotypes, np.ndarray]:
        """Returns a random pair that the table has for each of some runs, and its row."""
        return self._until_known(
            runs,
            lambda places: variation.random_genotypes(
                self.generator, (len(places), _DRAWS), self.num_templates
            ),
        )

    def mutated(self, runs: np.ndarray, parents: Genotypes) -> tuple[Genotypes, np.ndarray]:
        """Returns a child that the table has of each of some runs' parents, and its row."""
        return self._until_known(
            runs,
            lambda places: variation.mutated(
                self.generator, parents[places], _DRAWS, self.num_templates
            ),
        )

    def _until_known(
        self, runs: np.ndarray, draw: Callable[[np.ndarray], Genotypes]
    ) -> tuple[Genotypes, np.ndarray]:
        found, rows = Genotypes.zeros(len(runs)), np.full(len(runs), NO_ROW)
        waiting = np.arange(len(runs))
        for _ in range(MOST_DRAWS // _DRAWS):
            drawn = draw(waiting)
            answers = self.rows_of(drawn)
            is_known = answers >= 0
            has_one, place = is_known.any(axis=1), is_known.argmax(axis=1)
            counted = np.arange(_DRAWS) < np.where(has_one, place, _DRAWS)[:, None]
            self.invalid[runs[waiting]] += ((answers == INVALID) & counted).sum(axis=1)
            self.outside[runs[waiting]] += ((answers == OUTSIDE) & counted).sum(axis=1)
            taken = np.flatnonzero(has_one), place[has_one]
            found.put(waiting[has_one], drawn[taken])
            rows[waiting[has_one]] = answers[taken]
            waiting = waiting[~has_one]
            if not len(waiting):
                break
        return found, rows


class Strategy(Protocol):
    """Some independent runs of one way to search; all of them are asked equally often."""

    def ask(self, runs: np.ndarray) -> tuple[Genotypes, np.ndarray]:
        """Returns what each of some runs wants to know, and its row, `NO_ROW` if there is none."""

    def tell(self, runs: np.ndarray, asked: Genotypes, fitness: np.ndarray) -> None:
        """Hears the fitness of what those runs asked for."""


# Strategy from draws, size of the population and of the tournament.
MakeStrategy = Callable[[Draws, int, int], Strategy]
strategies: Registry[MakeStrategy] = Registry(
    "search strategy",
    "nasbench_templates.space.search_strategies",
    "nasbench_templates.search_strategies",
)


class RandomSearch:
    """Independent random cells.

    Args:
        draws: of the runs.
        population: not used.
        tournament: not used.
    """

    def __init__(self, draws: Draws, population: int = 0, tournament: int = 0):
        self._draws = draws

    def ask(self, runs: np.ndarray) -> tuple[Genotypes, np.ndarray]:
        """Returns random pairs."""
        return self._draws.random(runs)

    def tell(self, runs: np.ndarray, asked: Genotypes, fitness: np.ndarray) -> None:
        """Forgets them."""


class RegularizedEvolution:
    """The child of a tournament's winner takes the place of the oldest.

    Args:
        draws: of the runs.
        population: members, the first of which are random.
        tournament: how many of them compete, drawn without replacement.
    """

    def __init__(self, draws: Draws, population: int, tournament: int):
        self._draws = draws
        self._size, self._tournament = population, tournament
        self._members = Genotypes.zeros(draws.runs, population)
        self._fitness = np.full((draws.runs, population), -np.inf)
        self._told = 0

    def ask(self, runs: np.ndarray) -> tuple[Genotypes, np.ndarray]:
        """Returns random pairs at first, then children of winners."""
        if self._told < self._size:
            return self._draws.random(runs)
        return self._draws.mutated(runs, self._members[runs, self._winners(runs)])

    def tell(self, runs: np.ndarray, asked: Genotypes, fitness: np.ndarray) -> None:
        """Replaces the oldest."""
        # All runs are asked equally often, so the oldest of each is in the same place.
        place = self._told % self._size
        self._members.put((runs, place), asked)
        self._fitness[runs, place] = fitness
        self._told += 1

    def _winners(self, runs: np.ndarray) -> np.ndarray:
        keys = self._draws.generator.random((len(runs), self._size), np.float32)
        # Those with the smallest keys compete; equal keys hardly ever are, the first ones count.
        chosen = np.argpartition(keys, self._tournament - 1, axis=1)[:, : self._tournament]
        fitness = np.take_along_axis(self._fitness[runs], chosen, axis=1)
        # Of equal ones the notebook's stable sort leaves the youngest last.
        age = (chosen - self._told) % self._size
        is_best = fitness == fitness.max(axis=1, keepdims=True)
        winner = np.where(is_best, age, -1).argmax(axis=1)
        return chosen[np.arange(len(runs)), winner]


class LocalSearch:
    """From a random cell to its best neighbour, as long as that is better; then from another one.

    Neighbours differ in one edge, one operation or the template. They are asked for in random
    order; those isomorphic to the cell or to each other only once.

    Args:
        draws: of the runs.
        population: not used.
        tournament: not used.
    """

    def __init__(self, draws: Draws, population: int = 0, tournament: int = 0):
        self._draws = draws
        most = variation.neighbours(Genotypes.zeros(1), draws.num_templates).masks.shape[1]
        self._queue = Genotypes.zeros(draws.runs, most)
        self._queue_rows = np.full((draws.runs, most), NO_ROW)
        self._length, self._place = (np.zeros(draws.runs, np.int64) for _ in range(2))
        self._fitness, self._best_fitness = (np.full(draws.runs, -np.inf) for _ in range(2))
        self._best = Genotypes.zeros(draws.runs)

    def ask(self, runs: np.ndarray) -> tuple[Genotypes, np.ndarray]:
        """Returns the next neighbours, or random pairs to start from."""
        has_next = self._place[runs] < self._length[runs]
        asked, rows = Genotypes.zeros(len(runs)), np.full(len(runs), NO_ROW)
        going, starting = np.flatnonzero(has_next), np.flatnonzero(~has_next)
        at = runs[going], self._place[runs[going]]
        asked.put(going, self._queue[at])
        rows[going] = self._queue_rows[at]
        if len(starting):
            drawn, rows[starting] = self._draws.random(runs[starting])
            asked.put(starting, drawn)
            self._length[runs[starting]] = 0
        return asked, rows

    def tell(self, runs: np.ndarray, asked: Genotypes, fitness: np.ndarray) -> None:
        """Moves on where all neighbours are known."""
        is_start = self._length[runs] == 0
        self._fitness[runs[is_start]] = fitness[is_start]
        is_better = ~is_start & (fitness > self._best_fitness[runs])
        self._best_fitness[runs[is_better]] = fitness[is_better]
        self._best.put(runs[is_better], asked[is_better])
        self._place[runs[~is_start]] += 1
        is_done = ~is_start & (self._place[runs] >= self._length[runs])
        moves = is_done & (self._best_fitness[runs] > self._fitness[runs])
        # A local optimum: the queue stays empty, and the next one is random.
        self._length[runs[is_done & ~moves]] = 0
        self._place[runs[is_done & ~moves]] = 0
        self._fitness[runs[moves]] = self._best_fitness[runs[moves]]
        if moves.any():
            self._look_around(runs[moves], self._best[runs[moves]])
        if is_start.any():
            self._look_around(runs[is_start], asked[is_start])

    def _look_around(self, runs: np.ndarray, centres: Genotypes) -> None:
        """Fills the queues with the neighbours that the table has."""
        found = variation.neighbours(centres, self._draws.num_templates)
        order = self._draws.generator.random(found.masks.shape).argsort(axis=1)
        each = np.arange(len(runs))[:, None]
        found = found[each, order]
        rows = self._draws.rows_of(found)
        own = self._draws.rows_of(centres)[:, None]
        is_known = rows >= 0
        # One number for a row under a template, so that equal ones are neighbours when sorted.
        keys = rows * self._draws.num_templates + found.templates
        is_same = is_known & (keys == own * self._draws.num_templates + centres.templates[:, None])
        sorting = keys.argsort(axis=1, kind="stable")
        in_order = np.take_along_axis(keys, sorting, axis=1)
        is_again = np.zeros(keys.shape, bool)
        repeated = in_order[:, 1:] == in_order[:, :-1]
        np.put_along_axis(is_again, sorting[:, 1:], repeated, axis=1)
        is_left_out = is_same | (is_known & is_again)
        is_kept = is_known & ~is_left_out
        self._draws.invalid[runs] += (rows == INVALID).sum(axis=1)
        self._draws.outside[runs] += (rows == OUTSIDE).sum(axis=1)
        self._draws.left_out[runs] += is_left_out.sum(axis=1)
        first = (~is_kept).argsort(axis=1, kind="stable")
        self._queue.put(runs, found[each, first])
        self._queue_rows[runs] = np.take_along_axis(rows, first, axis=1)
        self._length[runs] = is_kept.sum(axis=1)
        self._place[runs] = 0
        self._best_fitness[runs] = -np.inf


for _name, _class in (
    ("random", RandomSearch), ("evolution", RegularizedEvolution), ("local", LocalSearch),
):  # fmt: skip
    strategies.register(_name, _class)
