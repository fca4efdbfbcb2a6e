"""What a record checks about itself, and how two records of one cell are merged."""

import math

import pytest

from nasbench_templates.benchmark_records import record108 as record_lib
from nasbench_templates.benchmark_records.record108 import Record
from nasbench_templates.support.errors import RecordError

HASH = "0123456789abcdef" * 2
MATRIX = ((0, 1, 0), (0, 0, 1), (0, 0, 0))
LABELS = ("input", "maxpool3x3", "output")


def make(**kwargs):
    return Record(**{"module_hash": HASH, "source": "a.csv", **kwargs})


def test_only_hash_and_source_are_needed():
    assert make().validation_accuracy == make().test_accuracy == make().training_time == ()
    assert make().matrix is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"module_hash": HASH[1:]}, "expected a module hash of 32 .* received '1234"),
        ({"module_hash": HASH.upper()}, "received '0123456789ABCDEF"),
        ({"module_hash": HASH + "\n"}, "expected a module hash"),
        ({"module_hash": None}, "received None"),
        ({"validation_accuracy": (0.5, 1.01)}, r"validation_accuracy in \[0, 1\], received 1.01"),
        ({"test_accuracy": (-0.1,)}, r"test_accuracy in \[0, 1\], received -0.1"),
        ({"test_accuracy": (math.nan,)}, "received nan"),
        ({"training_time": (-1.0,)}, "training_time >= 0 seconds, received -1"),
        ({"training_time": (math.inf,)}, "received inf"),
        ({"trainable_parameters": 0}, "trainable_parameters >= 1, received 0"),
        ({"matrix": MATRIX}, "matrix and operations together"),
        ({"operations": LABELS}, "matrix and operations together"),
    ],
)
def test_value_out_of_range_is_refused(values, message):
    with pytest.raises(RecordError, match=message):
        make(**values)


@pytest.mark.parametrize(
    ("matrix", "labels", "message"),
    [
        (((0,),), ("input",), r"at least two vertices, received rows of lengths \[1\]"),
        (((0, 1), (0,)), LABELS, r"square matrix .*received rows of lengths \[2, 1\]"),
        (((0, 2), (0, 0)), LABELS[::2], "received 2 in row 0, column 1"),
        (((0, 1), (1, 0)), LABELS[::2], "upper-triangular .*received 1 in row 1, column 0"),
        (((1, 1), (0, 0)), LABELS[::2], "received 1 in row 0, column 0"),
        (MATRIX, LABELS[:2], "expected 3 operations, received 2"),
        (MATRIX, LABELS[::-1], "from input to output, received 'output' to 'input'"),
        (MATRIX, ("input", "conv5x5", "output"), "expected one of conv3x3.*received 'conv5x5'"),
    ],
)
def test_malformed_graph_is_refused(matrix, labels, message):
    with pytest.raises(RecordError, match=message):
        make(matrix=matrix, operations=labels)


def test_merging_joins_sources_and_values():
    merged = record_lib.merge(
        make(validation_accuracy=(0.5,), trainable_parameters=7),
        make(source="b.csv", test_accuracy=(0.4,), matrix=MATRIX, operations=LABELS),
    )
    assert merged == Record(
        HASH, "a.csv + b.csv", (0.5,), (0.4,), (), 7, matrix=MATRIX, operations=LABELS
    )


def test_source_is_named_once():
    twice = record_lib.merge(make(), record_lib.merge(make(source="b.csv"), make()))
    assert twice.source == "a.csv + b.csv"


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ((0.1,), (0.2,), (0.1, 0.2)),
        ((0.1,), (0.1,), (0.1,)),
        ((0.2,), (0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),  # the complete record keeps its order
        ((0.1, 0.2, 0.3), (0.2,), (0.1, 0.2, 0.3)),
        ((0.1,), (0.2, 0.2, 0.1), (0.2, 0.2, 0.1)),  # equal accuracies of two real repeats
        ((0.1, 0.2), (0.2, 0.3), (0.1, 0.2, 0.3)),
        ((), (0.1,), (0.1,)),
        ((0.1,), (), (0.1,)),
    ],
)
def test_values_in_both_are_kept_once(first, second, merged):
    both = record_lib.merge(make(test_accuracy=first), make(test_accuracy=second))
    assert both.test_accuracy == merged


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ({"trainable_parameters": 1}, {"trainable_parameters": 2}, "1 from a.csv and 2 from b.csv"),
        (
            {"matrix": MATRIX, "operations": LABELS},
            {"matrix": MATRIX, "operations": ("input", "conv1x1-bn-relu", "output")},
            f"expected one operations for {HASH}",
        ),
        ({}, {"module_hash": "f" * 32}, "expected one module_hash"),
    ],
)
def test_contradicting_records_are_refused(left, right, message):
    with pytest.raises(RecordError, match=message):
        record_lib.merge(make(**left), make(**{"source": "b.csv", **right}))
