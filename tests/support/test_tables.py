"""Tables of finished texts in every form."""

import pytest

from nasbench_templates.support import tables

ROWS = [("a", "1"), ("long name", "23.0")]


def test_aligned_columns_stand_where_they_shall():
    assert tables.aligned(["name", "n"], ROWS, [False, True]).splitlines() == [
        "name          n",
        "---------  ----",
        "a             1",
        "long name  23.0",
    ]


def test_pairs_have_no_title():
    assert tables.pairs(ROWS) == "a          1\nlong name  23.0"


@pytest.mark.parametrize("form", [tables.markdown, tables.latex])
def test_a_longer_cell_changes_its_own_line_only(form):
    before = form(["name", "n"], ROWS, [False, True]).splitlines()
    after = form(["name", "n"], [*ROWS[:1], ("longer name", "23.0")], [False, True]).splitlines()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_cells_are_printed_as_they_are():
    assert tables.markdown(["n"], [("1e3",), ("007",)], [True]).splitlines()[2:] == [
        "| 1e3 |",
        "| 007 |",
    ]


def test_csv_joins_lists_quotes_formulas_and_leaves_absent_values_empty():
    rows = [{"a": (1, 2), "b": "=1"}, {"a": None}]
    assert tables.csv_text(["a", "b"], rows) == "a,b\n1 2,'=1\n,\n"
