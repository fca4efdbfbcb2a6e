"""Texts from others in tables that programs interpret."""

import csv
import io

import pytest

from nasbench_templates.cli import output
from nasbench_templates.report import result_tables
from nasbench_templates.report.result_tables import Column, ResultTable
from nasbench_templates.support import neutral

FORMULAS = ("=HYPERLINK(1)", "+1+1", "-1+1|cmd", "@SUM(A1)", "\t=1", "\r=1", "--flag")
NUMBERS = ("-0.5", "+3", "-1,234", "-1e-3", "-", "-inf")


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_quoted_in_both_kinds_of_csv(text):
    (row,) = rows_of(output.render_csv([{"name": text, "gap": -0.5}]))
    quoted = "'" + text.replace("\r", " ")
    assert row == [quoted, "-0.5"]
    table = ResultTable("t", (Column("name", "name"),), ({"name": text, "gap": -0.5},))
    (row,) = rows_of(result_tables.to_csv(table))
    assert row == [quoted, "-0.5"]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_stay(text):
    assert neutral.csv_cell(text) == text
    assert neutral.markdown_cell(text) == text


def test_markdown_shows_names_as_they_are():
    name = "<img src=x onerror=alert(1)> | a\nb & c"
    table = ResultTable("t", (Column("name", "name"),), ({"name": name}, {"name": "=1+1"}))
    *_, first, second = result_tables.to_markdown(table).splitlines()
    assert first == r"| &lt;img src=x onerror=alert(1)&gt; \| a b &amp; c |"
    assert second == r"| \=1+1 |"
