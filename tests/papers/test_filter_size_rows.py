"""Figures of the filter size study's rows over several seeds, by hand."""

import pytest

from nasbench_templates.papers import filter_size_rows, published
from nasbench_templates.papers.filter_size_networks import ROWS, UNSHARED
from nasbench_templates.papers.filter_size_trainings import NetworkScale, Trained

SCALE = NetworkScale(8, 4, "shared", (28, 28, 1), 10)
FIGURES = published.printed()
BY_NAME = {(row.table, row.name): row for row in ROWS}
PLAIN, POOLING = BY_NAME[1, "no pooling"], BY_NAME[1, "predefined pooling"]


def repetitions(row, *accuracies):
    graph = SCALE.built(dict(row.options)).graph
    return {
        seed: Trained(None, graph, {"test_accuracy": each}, {}, ())
        for seed, each in enumerate(accuracies)
    }


def rows_of(**accuracies):
    """Returns the rows without and with pooling."""
    chosen = {"plain": PLAIN, "pooling": POOLING}
    trained = {chosen[name]: repetitions(chosen[name], *each) for name, each in accuracies.items()}
    return filter_size_rows.table_rows([PLAIN, POOLING], SCALE, trained, FIGURES)


def test_accuracy_is_mean_and_sample_deviation_of_the_seeds():
    plain, _ = rows_of(plain=(0.70, 0.72, 0.74))
    assert plain["seeds"] == 3
    assert plain["test_accuracy_percent"] == pytest.approx(72)
    assert plain["test_accuracy_std"] == pytest.approx(2)


def test_difference_to_no_pooling_is_seed_by_seed():
    plain, pooling = rows_of(plain=(0.70, 0.72, 0.74), pooling=(0.80, 0.83, 0.86))
    # 10, 11, 12: mean 11, deviation 1; t at 97.5 % with 2 degrees of freedom is 4.30265.
    assert pooling["difference"] == pytest.approx(11)
    assert pooling["difference_low"] == pytest.approx(11 - 4.30265 / 3**0.5, abs=1e-4)
    assert pooling["difference_high"] == pytest.approx(11 + 4.30265 / 3**0.5, abs=1e-4)
    assert pooling["verdict"] == "higher"
    assert plain["difference"] is None


@pytest.mark.parametrize(
    ("plain", "pooling", "difference", "verdict"),
    [((0.7, 0.7), (0.8, 0.9), 15, "open"), ((0.7, 0.7), (0.8, 0.9, 0.8), 15, "open"),
     ((0.7,), (0.8,), None, None), ((), (0.8, 0.9, 0.8), None, None)],
)  # fmt: skip
def test_fewer_than_three_pairs_make_no_claim(plain, pooling, difference, verdict):
    given = {"plain": plain, "pooling": pooling}
    _, row = rows_of(**{name: each for name, each in given.items() if each})
    assert row["difference"] == (difference if difference is None else pytest.approx(difference))
    assert row["verdict"] == verdict


def test_notes_are_of_the_rows_that_are_shown():
    def note(*chosen):
        rows = filter_size_rows.table_rows([BY_NAME[each] for each in chosen], SCALE, {}, FIGURES)
        return filter_size_rows.result_table(rows, ()).note

    assert "Predefined pooling" not in note((2, "learned C=16"))
    assert "Predefined pooling" in note((2, "predefined pooling C=16"))
    assert "Conv C=128" not in note((4, "Conv C=64 D=10"))


def test_rows_are_compared_with_the_network_of_their_own_size():
    same_size = BY_NAME[2, "no pooling C=16"]
    learned = BY_NAME[2, "learned C=16"]
    trained = {
        PLAIN: repetitions(PLAIN, 0.1, 0.1, 0.1),
        same_size: repetitions(same_size, 0.5, 0.5, 0.5),
        learned: repetitions(learned, 0.6, 0.7, 0.8),
    }
    (row,) = filter_size_rows.table_rows([learned], SCALE, trained, FIGURES)
    assert row["difference"] == pytest.approx(20)


def test_cost_of_pruned_networks_is_the_mean_over_the_seeds():
    pruned = BY_NAME[1, "learned threshold 0.1"]
    graphs = [SCALE.built({"variant": each}).graph for each in ("no_pooling", "scale_invariant")]
    trained = {
        pruned: {
            seed: Trained(None, graph, {"test_accuracy": 0.5}, {}, ())
            for seed, graph in enumerate(graphs)
        }
    }
    (row,) = filter_size_rows.table_rows([pruned], SCALE, trained, FIGURES)
    (unknown,) = filter_size_rows.table_rows([pruned], SCALE, {}, FIGURES)
    whole = [
        filter_size_rows.table_rows([BY_NAME[1, name]], SCALE, {}, FIGURES)[0]["mmacs"]
        for name in ("no pooling", "scale invariant")
    ]
    assert row["mmacs"] == pytest.approx(sum(whole) / 2)
    assert whole[0] < row["mmacs"] < whole[1]
    assert unknown["mmacs"] is None


def test_published_parameters_of_table_4_stand_beside_computed_ones():
    chosen = [row for row in ROWS if row.table == 4]
    rows = filter_size_rows.table_rows(chosen, SCALE, {}, FIGURES)
    printed = [row["published_params_millions"] for row in rows]
    assert printed == [0.3, 0.9, 1.5]
    assert [round(row["full_size_trainable_params_millions"], 1) for row in rows] == printed


def test_note_tells_every_cost_that_differs_from_the_published():
    rows = filter_size_rows.table_rows(
        [row for row in ROWS if row.table in (1, 4)], SCALE, {}, FIGURES
    )
    differing = [
        f"{row['full_size_gops']:.3f}, published {row['published_gops']:g}"
        for row in rows
        if None not in (row["full_size_gops"], row["published_gops"])
        and round(row["full_size_gops"], 2) != row["published_gops"]
    ]
    assert len(differing) == 3
    note = filter_size_rows.result_table(rows, ()).note
    assert all(each in note for each in differing)


def test_rows_are_those_that_the_paper_prints():
    printed = FIGURES.select("filter_size", network="multires")
    places = {(int(figure.table), figure.variant) for figure in printed}
    assert places == BY_NAME.keys() - {(1, UNSHARED)}


def test_published_accuracy_of_table_4_is_what_its_error_leaves():
    rows = filter_size_rows.table_rows([BY_NAME[4, "Conv C=128 D=8"]], SCALE, {}, FIGURES)
    assert rows[0]["published_accuracy_percent"] == 91.2
    (other,) = filter_size_rows.more_tables([BY_NAME[4, "Conv C=64 D=10"]], FIGURES)
    assert [row["accuracy"] for row in other.rows] == [81.11, 92.57]


def test_depths_of_the_small_scale_keep_their_order():
    scale = NetworkScale(8, 20, "per_resolution", (28, 28, 1), 10, depth_divisor=3)
    assert [scale.settings({"depth": each}).options["depth"] for each in (8, 10, 20)] == [4, 4, 6]


def test_unshared_filters_are_a_row_with_more_parameters_and_the_same_operations():
    chosen = [BY_NAME[1, "learned"], BY_NAME[1, UNSHARED]]
    shared, unshared = filter_size_rows.table_rows(chosen, SCALE, {}, FIGURES)
    assert unshared["mops"] == shared["mops"]
    assert unshared["params"] > 2 * shared["params"]
    assert unshared["published_accuracy_percent"] is None


def test_subsampling_and_filters_of_a_scale_reach_its_networks():
    scale = NetworkScale(8, 4, "shared", (28, 28, 1), 10, subsampling="stride")
    kinds = {type(node.layer).__name__ for node in scale.built({"variant": "learned"}).graph.nodes}
    assert "Subsample" in kinds
    assert "Downsample" not in kinds
