"""Tables as Markdown, LaTeX and CSV."""

import csv
import io

from nasbench_templates.report.result_tables import (
    Column,
    ResultTable,
    best_rows,
    text_of,
    to_csv,
    to_latex,
    to_markdown,
)

ACCURACY = Column("accuracy", "acc %", 2, std="std", best=max)
PARAMS = Column("params", "params", best=min)
TABLE = ResultTable(
    "t",
    (Column("name", "net_a"), ACCURACY, PARAMS),
    (
        {"name": "vgg19 base", "accuracy": 94.904, "std": 0.1, "params": 20035018},
        {"name": "50%|d", "accuracy": 95.21, "std": None, "params": None},
    ),
)


def test_markdown_marks_the_best_and_shows_deviations():
    assert to_markdown(TABLE).splitlines() == [
        "| net_a | acc % | params |",
        "|:---|---:|---:|",
        "| vgg19 base | 94.90 ± 0.10 | 20,035,018 |",
        r"| 50%\|d | **95.21** | - |",
    ]


def test_a_table_without_rows_keeps_its_titles():
    empty = ResultTable("t", TABLE.columns[:2], ())
    assert to_markdown(empty) == "| net_a | acc % |\n|:---|:---|"
    assert to_latex(empty).splitlines()[2] == r"net\_a & acc \% \\"


def test_latex_escapes_and_marks_the_best():
    lines = to_latex(TABLE).splitlines()
    assert lines[0] == r"\begin{tabular}{lrr}"
    assert lines[2] == r"net\_a & acc \% & params \\"
    assert lines[4] == r"vgg19 base & 94.90 $\pm$ 0.10 & 20,035,018 \\"
    assert lines[1:7:2] == [r"\toprule", r"\midrule", lines[5]]
    assert lines[6:] == [r"\bottomrule", r"\end{tabular}"]
    assert lines[5] == r"50\%|d & \textbf{95.21} & - \\"


def test_csv_keeps_numbers_in_full():
    rows = list(csv.DictReader(io.StringIO(to_csv(TABLE))))
    assert rows[0] == {"name": "vgg19 base", "accuracy": "94.904", "std": "0.1",
                       "params": "20035018"}  # fmt: skip


def test_values_that_print_the_same_are_equally_good():
    rows = ({"accuracy": 94.904}, {"accuracy": 94.896}, {"accuracy": 94.89})
    assert best_rows(ResultTable("t", (ACCURACY,), rows), ACCURACY) == {0, 1}


def test_best_is_of_its_group_and_a_group_of_one_has_none():
    rows = (
        {"net": "vgg", "params": 3},
        {"net": "vgg", "params": 2},
        {"net": "resnet", "params": 1},
    )
    assert best_rows(ResultTable("t", (PARAMS,), rows, group_by=("net",)), PARAMS) == {1}


def test_what_was_measured_once_is_never_best():
    column = Column("accuracy", "acc %", 2, best=max, repeats="seeds")
    rows = (
        {"accuracy": 99.0, "seeds": 1},
        {"accuracy": 95.0, "seeds": 3},
        {"accuracy": 94.0, "seeds": 3},
    )
    assert best_rows(ResultTable("t", (column,), rows), column) == {1}


def test_text_of_every_kind_of_value():
    values = (None, True, 1234567, 0.5, "20.03")
    assert [text_of(value) for value in values] == ["-", "yes", "1,234,567", "0.5", "20.03"]
