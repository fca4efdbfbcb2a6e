"""Records of one cell: means, combination and the short form."""

import pytest

from nasbench_templates.benchmark_records import cell_record
from nasbench_templates.benchmark_records.cell_record import CellRecord, Run
from nasbench_templates.support.errors import RecordError

A = "a" * 32


def test_combined_records_have_all_runs():
    first = CellRecord(A, {108: (Run(final_test_accuracy=0.5),)}, 7)
    second = CellRecord(A, {108: (Run(final_test_accuracy=0.5),), 4: (Run(),)}, 7)
    assert cell_record.combine([first, second]) == CellRecord(
        A, {4: (Run(),), 108: (Run(final_test_accuracy=0.5),) * 2}, 7
    )
    assert cell_record.combine([first]) is first


def test_records_that_disagree_are_not_combined():
    with pytest.raises(RecordError, match=f"{A}: expected one parameter count, received 7 and 8:"):
        cell_record.combine([CellRecord(A, {}, 7), CellRecord(A, {}, 8)])
    graphs = [CellRecord(A, {}, 7, ((0, 1), (0, 0)), (first, "output")) for first in ("input", "")]
    with pytest.raises(RecordError, match=r"one graph .* received one in a and another in b$"):
        cell_record.combine(graphs, ("a", "b"))
    other = "b" * 32
    with pytest.raises(RecordError, match=f"records of one cell, received {A} and {other}"):
        cell_record.combine([CellRecord(A, {}), CellRecord(other, {})])


def test_means_leave_absent_values_out():
    runs = [Run(0.0, final_test_accuracy=0.5), Run(4.0)]
    assert cell_record.mean_run(runs) == Run(2.0, final_test_accuracy=0.5)


def test_the_short_form_has_108_epochs_only():
    cell = CellRecord(
        A,
        {4: (Run(final_test_accuracy=0.1),), 108: (Run(final_test_accuracy=0.5), Run())},
    )
    summary = cell.summary("file")
    assert (summary.test_accuracy, summary.training_time, summary.source) == ((0.5,), (), "file")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (CellRecord("b", {}), "expected a module hash"),
        (CellRecord(A, {0: ()}), "expected a budget of at least 1 epoch, received 0"),
        (CellRecord(A, {4: (Run(-1.0),)}), "expected halfway_training_time >= 0 seconds"),
        (CellRecord(A, {4: (Run(None, 2.0),)}), "expected halfway_train_accuracy in"),
        (CellRecord(A, {}, 0), "expected trainable_parameters >= 1"),
        (CellRecord(A, {}, 1, ((0, 1), (0, 0))), "expected matrix and operations together"),
    ],
)
def test_impossible_records_are_refused(cell, message):
    with pytest.raises(RecordError, match=message):
        cell_record.check(cell)
