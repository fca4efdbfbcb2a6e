"""The data files of published figures, and the loader that checks them."""

import json
import pathlib
import re

import pytest

import nasbench_templates
from nasbench_templates.papers import accuracy_tables, published
from nasbench_templates.support.errors import DataError

ROOT = pathlib.Path(nasbench_templates.__file__).parents[1]
FOLDER = ROOT / "nasbench_templates/papers/printed"
FIGURES = published.printed()
GOLDEN = json.loads((ROOT / "tests/golden/published_networks.json").read_text("utf-8"))
REDUCTIONS = {
    "params_millions": "params_reduction_percent",
    "memory_mb": "memory_reduction_percent",
    "inference_ms": "inference_reduction_percent",
}


def table(**changes):
    return {
        "table": "1",
        "title": "t",
        "dataset": "cifar10",
        "quantity": "accuracy_percent",
        "columns": [{"printed": "a", "template": "a"}],
        "rows": [{"printed": "VGG", "network": "vgg19", "values": ["94.90 +- 0.10"]}],
        **changes,
    }


def write(tmp_path, *tables, readings=()):
    content = {
        "schema": 1,
        "paper": "p",
        "title": "t",
        "file": "f.txt",
        "tables": list(tables),
        "readings": list(readings),
    }
    path = tmp_path / "p.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_row_column_and_table_make_a_figure(tmp_path):
    (figure,) = published.load(write(tmp_path, table()))
    assert (figure.network, figure.template, figure.dataset) == ("vgg19", "a", "cifar10")
    assert (figure.value, figure.std, figure.decimals) == (94.9, 0.1, 2)
    assert figure.source == "p, table 1, VGG, a"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": [{"printed": "VGG", "network": "vgg19", "values": []}]}, "expected 1 values"),
        ({"rows": [{"printed": "VGG", "values": ["1"]}]}, "expected network from exactly one"),
        ({"rows": [{"printed": "VGG", "network": "v", "values": ["9T.2"]}]}, "printed number"),
        ({"quantity": "watts"}, "received 'watts'"),
        ({"colour": "red"}, "unknown: colour"),
    ],
)
def test_a_file_off_the_schema_is_refused(tmp_path, changes, words):
    with pytest.raises(DataError, match=words):
        published.load(write(tmp_path, table(**changes)))


def test_a_figure_printed_twice_is_refused(tmp_path):
    row = table()["rows"][0]
    with pytest.raises(DataError, match="each figure once"):
        published.load(write(tmp_path, table(rows=[row, {**row, "printed": "again"}])))


def test_a_reading_must_be_that_of_a_figure(tmp_path):
    reading = {"table": "1", "row": "VGG", "column": "b", "printed": "?", "used": "1"}
    with pytest.raises(DataError, match="expected table, row and column of a figure"):
        published.load(write(tmp_path, table(), readings=[{**reading, "reason": "r"}]))


@pytest.mark.parametrize(
    ("number", "is_printed"), [(20.035, True), (20.029, True), (20.024, False), (20.041, False)]
)
def test_printed_means_truncated_or_rounded(tmp_path, number, is_printed):
    rows = [{"printed": "VGG", "network": "vgg19", "values": ["20.03"]}]
    (figure,) = published.load(write(tmp_path, table(rows=rows)))
    assert figure.is_printed_of(number) == is_printed


@pytest.mark.parametrize("quantity", REDUCTIONS)
def test_percent_columns_of_table_1_follow_from_the_absolute_ones(quantity):
    percents = [
        figure
        for figure in FIGURES.select("myth", "1", quantity=REDUCTIONS[quantity])
        if figure.value is not None
    ]
    assert len(percents) == 20
    for percent in percents:
        keys = {"network": percent.network, "quantity": quantity}
        base = FIGURES.find("myth", "1", template="base", **keys)
        other = FIGURES.find("myth", "1", template=percent.template, **keys)
        if other.value is not None:
            exact = 100 * (1 - other.value / base.value)
            # Printed figures are themselves cut, so a tenth more or less.
            assert percent.value == pytest.approx(exact, abs=0.1), percent.source


def test_the_one_figure_that_the_source_lost_is_not_made_up():
    lost = [
        figure
        for figure in FIGURES.select("myth", "1")
        if figure.value is None and figure.template != "base"
    ]
    assert [(figure.row, figure.quantity) for figure in lost] == [("resnet50 e", "inference_ms")]


def test_poster_prints_what_the_paper_prints():
    compared = 0
    for figure in FIGURES.select("myth_poster"):
        keys = {name: getattr(figure, name) for name in published.KEYS}
        (twin,) = (
            each
            for each in FIGURES.select("myth", **keys)
            if each.table.split(",")[0] in ("4", "5", "6")
        )
        assert (figure.text, figure.std) == (twin.text, twin.std), figure.source
        compared += 1
    assert compared == 80


@pytest.mark.parametrize(("paper", "count"), [("myth", 374), ("myth_poster", 80)])
def test_number_of_figures(paper, count):
    assert len(FIGURES.select(paper)) == count


def test_readings_name_a_reason_where_the_scan_is_damaged():
    damaged = FIGURES.find(
        "redistribution_draft2", "1", network="vgg19", template="quadratic", dataset="cifar10"
    )
    assert damaged.text == "94.18"
    assert "scan" in damaged.reading


def test_best_improvement_of_vgg19_is_that_of_the_text():
    # "increases in accuracy up to 2.11 percent points over the VGG base model" (section 4.3)
    gains = []
    for dataset in ("mnist", "fashion_mnist", "cifar10", "cifar100", "cinic10", "tiny_imagenet"):
        rows = FIGURES.select("myth", "2", network="vgg19", dataset=dataset)
        base = next(row for row in rows if row.template == "base")
        gains += [row.value - base.value for row in rows]
    assert max(gains) == pytest.approx(2.11)


def test_golden_networks_quote_the_same_figures():
    for row in GOLDEN["templates"]:
        tables = {"published_millions": "1", "published_millions_224": "4",
                  "published_millions_audio": "5"}  # fmt: skip
        for key in tables.keys() & row.keys():
            figure = FIGURES.find(
                "myth", tables[key], network=row["model"], template=row["template"],
                quantity="params_millions",
            )  # fmt: skip
            assert figure.value == row[key], figure.source
    for row in GOLDEN["nasbench"]:
        figure = FIGURES.find(
            "myth", "6", network=f"nasbench101:{row['cell']}", template=row["published_column"],
            quantity="params_millions",
        )  # fmt: skip
        assert figure.value == row["published_millions"], figure.source


def test_golden_redistributions_quote_the_second_draft():
    for row in GOLDEN["redistributions"]:
        is_tiny = row["num_classes"] == 200
        figure = FIGURES.find(
            "redistribution_draft2", "2" if is_tiny else "3", network=row["model"],
            template=row["template"].removesuffix("_max"), quantity="params_millions",
        )  # fmt: skip
        assert figure.value == row["published_millions"], figure.source


def test_figures_stand_in_their_source_files(data_folder):
    """Undamaged figures occur in the text that their data file names, cells split or not."""
    papers = data_folder.parent / "papers"
    if not papers.is_dir():
        pytest.skip("expected the texts of the papers beside the data")
    for figure in FIGURES:
        # The cells of VGG19 in table 1 are split with digits doubled; percents check them above.
        is_split = figure.table == "1" and figure.network == "vgg19"
        if figure.text is not None and figure.reading is None and not is_split:
            text = (papers / figure.file).read_text("utf-8").replace(",", "")
            digits = r"[\s|]*".join(map(re.escape, figure.text))
            assert re.search(rf"(?<![\d.]){digits}(?!\d)", text), figure.source


# Rows whose cells the scan moved or split; percents (table 1) and the digits themselves (above) are
# checked.
MOVED = {
    ("myth", "1", "resnet50 base"),
    *(("myth", "1", f"mobilenet {template}") for template in "abcde"),
    ("myth", "2", "vgg19 base"),
    ("redistribution_draft1", "2", "Inference Time (μs) ResNet-50"),
    ("redistribution_draft1", "2", "Inference Time (μs) Inception"),
}


def test_rows_stand_in_their_source_files_in_this_order(data_folder):
    """The figures of a row follow each other in the text, so none is in another's place."""
    papers = data_folder.parent / "papers"
    if not papers.is_dir():
        pytest.skip("expected the texts of the papers beside the data")
    rows = {}
    for figure in FIGURES:
        if figure.text is not None and figure.reading is None:
            place = (figure.paper, figure.table, figure.row)
            rows.setdefault((place, figure.file), []).append(figure.text)
    for (place, file), texts in rows.items():
        gap = r"(?!\d).{0,60}?(?<![\d.])"
        pattern = rf"(?<![\d.]){gap.join(map(re.escape, texts))}(?!\d)"
        text = (papers / file).read_text("utf-8")
        assert bool(re.search(pattern, text, re.DOTALL)) == (place not in MOVED), place


def test_accuracies_of_several_sources_stand_in_columns_of_their_own():
    table = accuracy_tables.published_accuracies(
        "t",
        {"first": FIGURES.select("redistribution_draft1"),
         "second": FIGURES.select("redistribution_draft2")},
        "and a note",
    )  # fmt: skip
    place = {"dataset": "cifar10", "network": "vgg19", "template": "reverse"}
    (row,) = [row for row in table.rows if place.items() <= row.items()]
    assert (row["first"], row["second"]) == ("94.59", "94.40")
    assert table.note.endswith("measured. and a note")
