"""Values of the kinds that annotations say."""

import numpy as np
import pytest

from nasbench_templates.support import kinds
from nasbench_templates.support.errors import ConfigError

HINTS = {
    "depth": int,
    "rate": float | None,
    "is_on": bool,
    "name": str,
    "shape": tuple[int, int, int] | None,
    "steps": tuple[float, ...],
    "keep": str | list,
}


@pytest.mark.parametrize(
    "values",
    [
        {"depth": 3, "rate": 1, "is_on": False, "name": "", "shape": (1, 2, 3), "steps": ()},
        {"depth": np.int64(3), "rate": None, "shape": None, "steps": [1, 2.5]},
        {"keep": 3, "unknown": object()},
    ],
)
def test_right_kinds_and_those_that_are_not_looked_at_pass(values):
    kinds.check(HINTS, values)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("depth", "3", "a whole number, received '3'"),
        ("depth", 3.0, "a whole number, received 3.0"),
        ("depth", True, "a whole number, received True"),
        ("depth", None, "a whole number, received None"),
        ("rate", "1e-3", "a number, received '1e-3'"),
        ("is_on", 1, "true or false, received 1"),
        ("name", 3, "a text, received 3"),
        ("shape", (1, 2), r"a list of 3 whole numbers, received \(1, 2\)"),
        ("steps", "ab", "a list of numbers, received 'ab'"),
        ("steps", (1, "2"), "a list of numbers, received"),
    ],
)
def test_another_kind_is_named(name, value, told):
    with pytest.raises(ConfigError, match=f"expected {name} to be {told}"):
        kinds.check(HINTS, {name: value})
