import pytest

from nasbench_templates.benchmark_records.cell_record import CellRecord, Run
from nasbench_templates.report import comparison
from nasbench_templates.support.errors import RecordError

A, B, C = "a" * 32, "b" * 32, "c" * 32


def table(params=10, split="validation", **accuracies):
    """Cells `a`, `b`, ... with runs of budget 4, one for each accuracy."""
    metric = f"final_{split}_accuracy"
    return {
        32 * name: CellRecord(
            32 * name, {4: tuple(Run(**{metric: value}) for value in values)}, params
        )
        for name, values in accuracies.items()
    }


def pair(ours, records, split="validation", our_budget=4, record_budget=4):
    return comparison.pair(
        ours, records, our_budget=our_budget, record_budget=record_budget, split=split
    )


def test_cells_of_both_tables_are_paired_in_our_order():
    pairs = pair(table(b=[0.5], c=[0.5], a=[0.25, 0.75]), table(a=[0.5, 0.25], b=[0.75]))
    assert [each.module_hash for each in pairs] == [B, A]
    assert [each.difference for each in pairs] == [-0.25, 0.125]
    assert pairs[1].ours.values == (0.25, 0.75)
    assert pairs[1].record.values == (0.5, 0.25)


def test_cells_without_the_split_or_the_budget_are_left_out():
    records = {**table(a=[0.5]), **table(b=[0.5], split="test")}
    records[C] = records[A]._replace(module_hash=C, runs={12: records[A].runs[4]})
    assert [each.module_hash for each in pair(table(a=[1], b=[1], c=[1]), records)] == [A]


def test_no_common_cell_is_refused():
    with pytest.raises(RecordError, match="none among 1 cells, of which the records have 0"):
        pair(table(a=[0.5]), table(b=[0.5]))


@pytest.mark.parametrize(
    ("ours", "theirs", "is_equal"), [(7, 7, True), (7, 8, False), (None, 7, None), (7, None, None)]
)
def test_equal_params_are_said(ours, theirs, is_equal):
    (found,) = pair(table(ours, a=[0.5]), table(theirs, a=[0.5]))
    assert found.has_equal_params is is_equal


def test_deviation_from_three_seeds_on():
    two, three = pair(table(a=[0.2, 0.4], b=[0.2, 0.4, 0.6]), table(a=[0.5], b=[0.5]))
    assert two.to_json()["accuracy"] == {
        "mean": pytest.approx(0.3), "std": None, "values": [0.2, 0.4]
    }  # fmt: skip
    assert three.ours.std == pytest.approx(0.2)


def test_differences_are_averaged_with_and_without_their_sign():
    pairs = pair(table(5, a=[0.5], b=[0.25]), table(6, a=[0.25], b=[0.75]))
    summary = comparison.summarize(pairs, num_resamples=0, seed=0)
    assert summary.mean_absolute_difference == 0.375
    assert summary.mean_difference == -0.125
    assert summary.num_different_params == 2
    assert summary.to_json()["spearman"] == {"value": None, "interval": None}


def test_runs_of_several_tables_are_seeds():
    joined = comparison.join({"one": table(a=[0.1], b=[0.2]), "two": table(a=[0.3])})
    assert list(joined) == [A, B]
    assert [run.final_validation_accuracy for run in joined[A].runs[4]] == [0.1, 0.3]


def test_tables_that_disagree_are_refused():
    with pytest.raises(RecordError, match=f"{A}: .* received 7 in one and 8 in two"):
        comparison.join({"one": table(7, a=[0.1]), "two": table(8, a=[0.3])})


def test_budget_of_results_is_their_only_one_or_the_preferred():
    cells = table(a=[0.1])
    assert comparison.only_budget(cells, 108) == 4
    cells[A].runs[108] = cells[A].runs[4]
    assert comparison.only_budget(cells, 108) == 108
    with pytest.raises(RecordError, match="expected runs of 12 epochs among the results, found 4"):
        comparison.only_budget(cells, 12)
