import math

import numpy as np
import pytest

from nasbench_templates.design.settings import Budget, MatchSettings
from nasbench_templates.space import atlas, atlas_views
from nasbench_templates.support.errors import ConfigError, DataError

CHAIN = "b49ac8c578b4561d79ac7087988f1c61"  # conv3x3
NARROW = "d1269d9156ddc027c40473008192958a"  # conv1x1
POOL = "53cee42601ad14d661bb6878031d6acb"


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "atlas.parquet"
    return path, atlas.write(atlas.AtlasSettings(("base", "d"), max_vertices=3), path)


def test_front_by_hand():
    costs = np.array([5, 1, 3, 3, 4, 6])
    scores = np.array([0.8, 0.5, 0.7, 0.7, 0.6, 0.8])
    assert atlas_views.pareto_front(costs, scores) == [1, 2, 0]


def test_of_two_equal_cells_one_is_on_the_front():
    assert atlas_views.pareto_front(np.array([1, 1]), np.array([0.5, 0.5])) == [0]


def test_view_of_recorded_cells(small):
    accuracies = {
        NARROW: (0.80, 0.90, 0.94),
        CHAIN: (0.87,),
        POOL: (0.5,),
        "0" * 32: (0.99,),
        "043721b9c7fe8c5fad811d47d83132ec": (),
    }
    view = atlas_views.find_pareto(*small, accuracies)
    assert len(view.params) == 3
    # The 3x3 cell has more parameters than the 1x1 cell and is worse.
    assert [cell.module_hash for cell in view.front] == [POOL, NARROW]
    assert view.front[1].validation_accuracy == pytest.approx(0.88)
    assert (view.front[0].repeats, view.front[1].repeats) == (1, 3)
    assert view.front[1].params["base"] == 1_920_138
    assert view.front[1].params["d"] < 1_920_138


def test_records_of_no_cell_are_an_error(small):
    with pytest.raises(DataError, match="found none among 7 cells and 1 records"):
        atlas_views.find_pareto(*small, {"0" * 32: (0.9,)})


def test_the_front_needs_the_base(tmp_path):
    path = tmp_path / "atlas.parquet"
    description = atlas.write(atlas.AtlasSettings(("d",), max_vertices=3), path)
    with pytest.raises(ConfigError, match="expected base among the templates"):
        atlas_views.find_pareto(path, description, {CHAIN: (0.9,)})


def test_summary(small):
    base, bulge = atlas_views.summarize(*small)
    assert (base.template, base.cells, base.without_network) == ("base", 7, {})
    assert base.peak == (512.0, 512.0, 512.0)
    assert base.gap == (0.0, 0.0, 0.0)
    assert base.params_ratio == (1.0, 1.0, 1.0)
    assert bulge.gap[2] <= 0
    smallest, median, largest = bulge.params_ratio
    assert 0.4 < smallest <= median <= largest < 0.6


def test_summary_of_a_template_without_any_network(tmp_path):
    path = tmp_path / "atlas.parquet"
    match = MatchSettings(budget=Budget.parse("1000"))
    settings = atlas.AtlasSettings(("base", "d"), match=match, max_vertices=3)
    base, bulge = atlas_views.summarize(path, atlas.write(settings, path))
    assert math.isfinite(base.gap[0])
    assert (bulge.cells, bulge.peak, bulge.gap, bulge.params_ratio) == (0, None, None, None)
    assert bulge.without_network == {"the smallest network is above the budget": 7}
