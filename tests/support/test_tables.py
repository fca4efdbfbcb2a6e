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


WIDE = ["template", "filters", "MACs % of base", "activations"]
WIDE_ROWS = [("b flat", "64 x2, 128 x2, 256 x4, 512 x8", "100.0", "1,234,567")]
RIGHT = [False, False, True, True]


def test_a_table_that_fits_is_left_as_it_is():
    text, left_out = tables.fitted(WIDE, WIDE_ROWS, RIGHT, 100)
    assert (text, left_out) == (tables.aligned(WIDE, WIDE_ROWS, RIGHT), ())


@pytest.mark.parametrize("width", [66, 60, 56])
def test_titles_then_texts_are_wrapped(width):
    text, left_out = tables.fitted(WIDE, WIDE_ROWS, RIGHT, width)
    assert left_out == ()
    assert max(map(len, text.splitlines())) <= width
    assert " ".join(text.split()).count("512 x8") == 1


def test_columns_of_least_importance_are_left_out_first():
    text, left_out = tables.fitted(WIDE, WIDE_ROWS, RIGHT, 40, ["filters"])
    assert left_out == ("filters",)
    assert "1,234,567" in text
    text, left_out = tables.fitted(WIDE, WIDE_ROWS, RIGHT, 36, ["MACs % of base"])
    assert left_out == ("MACs % of base", "activations")
    assert max(map(len, text.splitlines())) <= 36


def test_a_word_is_not_broken_so_that_it_can_be_copied():
    word = "d1269d9156ddc027c40473008192958a"
    text, left_out = tables.fitted(["hash", "n"], [(word, "1")], [False, True], 34)
    assert word in text
    assert left_out == ("n",)


def test_long_values_of_pairs_are_wrapped():
    text = tables.pairs([("notes", "word " * 30)], 60)
    assert max(map(len, text.splitlines())) <= 60
    assert text.split() == ["notes", *["word"] * 30]
