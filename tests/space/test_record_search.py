import random
from unittest import mock

import numpy as np
import pytest
from helpers.search_tables import made_up_table
from scipy import stats

from nasbench_templates.networks import cell_arrays
from nasbench_templates.space import (
    enumeration,
    labelled_space,
    record_search,
    search_curves,
    search_strategies,
)
from nasbench_templates.space.record_search import SearchSettings
from nasbench_templates.space.search_objective import (
    AccuracyObjective,
    CostObjective,
    make_objective,
)
from nasbench_templates.support.errors import ConfigError, UnknownNameError

STRATEGIES = ("random", "evolution", "local")


@pytest.fixture(scope="module")
def full():
    return made_up_table()


@pytest.fixture(scope="module")
def extract():
    return made_up_table(25_000, repeats=1)


def search(table, strategy, **settings):
    chosen = SearchSettings(**{"runs": 6, "simulated_seconds": 1.5e5, **settings})
    return record_search.search(AccuracyObjective(table), table, strategy, chosen)


@pytest.mark.parametrize("charges", [True, False])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", ["full", "extract"])
def test_regret_is_never_negative_and_the_incumbent_never_falls(name, strategy, charges, request):
    table = request.getfixturevalue(name)
    found = search(table, strategy, charges_repeats=charges)
    assert found.regret.min() >= 0
    incumbents = found.incumbents
    for run in range(found.runs):
        own = incumbents.run == run
        assert (np.diff(incumbents.fitness[own]) > 0).all()
        assert (np.diff(incumbents.seconds[own]) >= 0).all()
        # What it was chosen by is one of the runs of its cell.
        for fitness, row in zip(incumbents.fitness[own], incumbents.row[own], strict=True):
            runs = table.validation[table.first[row] :][: table.num_runs[row]]
            assert fitness in runs
    assert ((found.outside == 0) == (name == "full")).all()
    assert (found.evaluations >= found.distinct).all()
    assert (found.distinct > 0).all()


def test_repeats_are_charged_or_not(full):
    charged = search(full, "evolution")
    free = search(full, "evolution", charges_repeats=False)
    # 1,750 s a training on average: in both as many are paid.
    assert charged.evaluations.mean() == pytest.approx(1.5e5 / 1750, rel=0.15)
    assert (charged.isomorphic > 0).all()
    assert (charged.evaluations - charged.isomorphic == charged.distinct).all()
    assert free.distinct.mean() == pytest.approx(1.5e5 / 1750, rel=0.15)


def test_is_repeatable_and_does_not_depend_on_other_strategies(full):
    settings = SearchSettings(runs=5, simulated_seconds=1e5, seed=4)
    objective = AccuracyObjective(full)
    both = search_curves.compare_strategies(objective, full, ["random", "evolution"], settings)
    alone = search_curves.compare_strategies(objective, full, ["evolution"], settings)
    assert both.summaries()[1] == alone.summaries()[0]
    other = search_curves.compare_strategies(
        objective, full, ["evolution"], SearchSettings(runs=5, simulated_seconds=1e5, seed=5)
    )
    assert other.summaries() != alone.summaries()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_best_cell_is_that_of_the_highest_choice_of_all_runs(extract, strategy):
    found = search(extract, strategy)
    row = found.incumbents.row[found.incumbents.fitness.argmax()]
    cell = enumeration.canonical_cells().cell(int(extract.cells[row]))
    assert (found.best.module_hash, found.best.template) == (cell.hash(), "base")
    assert found.best.accuracy == extract.accuracy[row]


def test_search_beats_chance(extract):
    regrets = [search(extract, name, runs=40).regret_at([1.5e5])[0].mean() for name in STRATEGIES]
    chance = extract.best - extract.accuracy.mean()
    assert max(regrets) < 0.8 * chance
    assert regrets[1] < regrets[0]


def notebook_evolution(table, seconds, generator):
    """One run of the notebook's protocol, step by step; returns the best validation accuracy."""
    space = labelled_space.labelled_space()

    def row_of(matrix, ops):
        mask = sum(bit << place for place, bit in enumerate(matrix))
        labelling = sum(op * 3 ** (4 - place) for place, op in enumerate(ops))
        return int(table.rows_of(space.cells_of(np.array([mask]), np.array([labelling])))[0])

    def until_known(draw):
        while True:
            child = draw()
            if (row := row_of(*child)) >= 0:
                return child, row

    def random_child():
        return [generator.randrange(2) for _ in range(21)], [
            generator.randrange(3) for _ in range(5)
        ]

    def mutated(parent):
        matrix = [bit ^ (generator.random() < 1 / 7) for bit in parent[0]]
        ops = [
            generator.choice([each for each in range(3) if each != op])
            if generator.random() < 1 / 5
            else op
            for op in parent[1]
        ]
        return matrix, ops

    spent, best, population = 0.0, 0.0, []
    while spent <= seconds:
        if len(population) < 50:
            child, row = until_known(random_child)
        else:
            sample = [population[place] for place in sorted(generator.sample(range(50), 10))]
            parent = sorted(sample, key=lambda each: each[0])[-1][1]
            child, row = until_known(lambda parent=parent: mutated(parent))
        run = table.first[row] + generator.randrange(table.num_runs[row])
        spent += table.seconds[run]
        best = max(best, table.validation[run])
        population = [*population, (table.validation[run], child)][-50:]
    return best


@pytest.mark.slow
def test_evolution_finds_what_the_sequential_protocol_finds():
    table = made_up_table(60_000)
    generator = random.Random(0)
    one_by_one = [notebook_evolution(table, 5e5, generator) for _ in range(30)]
    found = search(table, "evolution", runs=300, simulated_seconds=5e5)
    last = np.zeros(found.runs)
    np.maximum.at(last, found.incumbents.run, found.incumbents.fitness)
    # Two samples of one distribution; a protocol without selection fails by far.
    assert stats.ks_2samp(one_by_one, last).pvalue > 0.01
    blind = search(table, "random", runs=300, simulated_seconds=5e5)
    highest = np.zeros(blind.runs)
    np.maximum.at(highest, blind.incumbents.run, blind.incumbents.fitness)
    assert stats.ks_2samp(one_by_one, highest).pvalue < 0.01


def test_local_search_asks_for_neighbours_of_its_place(extract):
    found = search(extract, "local")
    # Half of the single edges are pruned away: such neighbours are counted, not asked for.
    assert (found.isomorphic > 0).all()


def test_cost_of_pairs_of_cell_and_template(extract):
    templates = ("base", "c", "d")
    objective = CostObjective(extract, "trainable_params", templates, 0.87)
    settings = SearchSettings(runs=6, simulated_seconds=1.5e5)
    for strategy in STRATEGIES:
        found = record_search.search(objective, extract, strategy, settings)
        assert found.regret.min() >= 0
        assert np.median(found.regret_at([1.5e5])[0]) < 10
        assert set(found.incumbents.template.tolist()) <= {0, 1, 2}
    # The base's own count is that of a plan.
    from nasbench_templates.design import planning
    from nasbench_templates.design.settings import NetworkSettings
    from nasbench_templates.space import enumeration

    row = 7
    cell = enumeration.canonical_cells().cell(int(extract.cells[row]))
    designs = planning.plan(NetworkSettings("nasbench101", options={"cell": cell}), templates)
    assert [design.cost.trainable_params for design in designs] == objective.costs[row].tolist()


def test_refusals(extract):
    objective = AccuracyObjective(extract)
    with pytest.raises(ConfigError, match="longest training"):
        search_curves.compare_strategies(
            objective, extract, ["random"], SearchSettings(simulated_seconds=2000)
        )
    with pytest.raises(ConfigError, match="each once"):
        search_curves.compare_strategies(objective, extract, ["random", "random"], SearchSettings())
    with pytest.raises(UnknownNameError, match="evolution"):
        search_curves.compare_strategies(objective, extract, ["evolutin"], SearchSettings())
    with pytest.raises(ConfigError, match="tournament"):
        SearchSettings(population=5)
    with pytest.raises(ConfigError, match="no record says"):
        make_objective(extract, "accuracy", ("base", "a"))
    with pytest.raises(ConfigError, match="the highest is"):
        make_objective(extract, "macs", ("base",), 0.999)


def test_a_run_without_anything_new_ends():
    table = made_up_table(3, repeats=1)
    settings = SearchSettings(runs=2, simulated_seconds=1e6, charges_repeats=False)
    with (
        mock.patch.object(record_search, "MOST_FREE", 5),
        mock.patch.object(search_strategies, "MOST_DRAWS", 10_000),
    ):
        found = record_search.search(AccuracyObjective(table), table, "random", settings)
    assert found.stalled.all()
    assert (found.distinct <= 3).all()


def test_edge_masks_are_those_of_matrices():
    assert labelled_space.NUM_EDGES == cell_arrays.edge_bit(0, 7) == 21
