"""Rows drawn with the classes' shares."""

import hashlib

import numpy as np
import pytest

from nasbench_templates.data.core import sampling


@pytest.mark.parametrize(
    ("labels", "count", "expected"),
    [
        ([0] * 6 + [1] * 3, 3, [2, 1]),
        ([0] * 7 + [1] * 3, 4, [3, 1]),  # shares 2.8 and 1.2
        ([1] * 4, 2, [0, 2]),
        ([1, 0], 0, [0, 0]),
        ([1, 0], 2, [1, 1]),
    ],
)
def test_every_class_gets_its_share(labels, count, expected):
    rows = sampling.stratified_rows(np.array(labels), count)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert np.bincount(np.array(labels)[rows], minlength=2).tolist() == expected


def test_equal_remainders_are_drawn_rather_than_given_to_the_first_classes():
    labels = np.arange(100).repeat(2)
    chosen = labels[sampling.stratified_rows(labels, 50)]
    assert len(set(chosen)) == 50
    assert chosen.max() > 80


def test_draw_never_changes():
    # Splits of published results depend on it.
    rows = sampling.stratified_rows(np.arange(50_000) % 100, 5_000)
    content = np.ascontiguousarray(rows, "<i8").tobytes()
    assert (
        hashlib.sha256(content).hexdigest()
        == "5b6feb65a02fc20293b72c160ac35fe6d7ab5c963216e8df07b2018f251ab99f"
    )
