"""Lists of cells under templates: as single matches, in every form, with records beside."""

import csv
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from helpers import record_files

import nasbench_templates as nt
from nasbench_templates.__main__ import main
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.space import cell_matching, enumeration
from nasbench_templates.support.errors import (
    BudgetError,
    ConfigError,
    SpecError,
    TemplateWarning,
    UnknownNameError,
)

TEMPLATES = ("base", "a", "b", "c", "d", "e", "uniform")
WIDE = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "bottleneck3x3", "output"])


@pytest.fixture(scope="module")
def cells():
    arrays = enumeration.canonical_cells(5)
    return [arrays.cell(place) for place in range(0, len(arrays), len(arrays) // 12)]


@pytest.fixture
def call(capsys):
    def run(*argv, status=0):
        assert main(["match", *argv]) == status
        captured = capsys.readouterr()
        return captured.out, captured.err

    return run


@pytest.fixture
def lines(tmp_path, cells):
    path = tmp_path / "cells.jsonl"
    rows = [json.dumps({"matrix": cell.matrix, "ops": cell.ops}) for cell in cells[:3]]
    path.write_text("\n".join([*rows, "", "best", ""]), "utf-8")
    return path


@pytest.mark.filterwarnings(f"ignore::{TemplateWarning.__module__}.{TemplateWarning.__name__}")
@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({}, MatchSettings()),
        ({"order": "canonical"}, MatchSettings("macs", "nearest", "0.3x")),
        ({"stem_filters": 16}, MatchSettings("params", budget="2x", num_classes=100)),
        ({}, MatchSettings(budget="5e6")),
        ({"slots": "module"}, MatchSettings("macs", "closest", divisor=8)),
    ],
)
def test_results_are_those_of_single_matches(cells, options, settings):
    network = NetworkSettings("nasbench101", options=options)
    chosen = [*cells[:4], *cells[-3:]]
    rows = iter(cell_matching.match_cells(chosen, TEMPLATES, network, settings))
    for place, cell in enumerate(chosen):
        around = NetworkSettings("nasbench101", options={**options, "cell": cell})
        for name in TEMPLATES:
            row = next(rows)
            assert (row.place, row.template) == (place, name)
            try:
                (design,) = plan(around, [name], settings)
            except (SpecError, BudgetError):
                assert row.problem
                assert row.cost is None
                continue
            assert (row.filters, row.cost, row.gap) == (design.filters, design.cost, design.gap)
            shared = design.to_json().keys() & row.to_json().keys()
            assert shared >= {"macs_percent_of_base", "gap_quantity", "template_name", "peak"}
            assert all(design.to_json()[key] == row.to_json()[key] for key in shared)


def test_cells_of_the_space_are_matched_together(cells, monkeypatch):
    monkeypatch.setattr(cell_matching, "plan", None)
    many = [cells[place % len(cells)] for place in range(1000)]
    network = NetworkSettings("nasbench101")
    rows = cell_matching.match_cells(many, TEMPLATES, network, MatchSettings())
    assert len(rows) == 7000
    assert not any(row.problem for row in rows)


def test_other_cells_stand_among_them(cells):
    frame = nt.match_cells([cells[0], WIDE, "best"], "bc")
    assert frame["template"].tolist() == ["b", "c"] * 3
    assert frame["hash"].isna().tolist() == [False, False, True, True, False, False]
    (design,) = nt.match(nt.network(cell=WIDE), ["b"])
    assert frame["macs"][2] == design.cost.macs


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_tables_for_people(call, lines, form):
    out, _ = call(f"--cells={lines}", "--templates=base,flat", f"--format={form}")
    assert out.count("b flat") == 4
    assert ("\\toprule" in out) == (form == "latex")
    assert ("|:---" in out) == (form == "markdown")


def test_csv_json_and_parquet_have_the_same_rows(call, lines, tmp_path, monkeypatch):
    flags = (f"--cells={lines}", "--templates=base,d")
    rows = json.loads(call(*flags, "--format=json")[0])
    monkeypatch.setattr("sys.stdin", io.StringIO(lines.read_text("utf-8")))
    out, _ = call("--cells=-", "--templates=base,d", "--format=csv")
    assert [int(row["macs"]) for row in csv.DictReader(io.StringIO(out))] == [
        row["macs"] for row in rows
    ]
    file = tmp_path / "cells.parquet"
    call(*flags, "--format=parquet", f"--output={file}")
    frame = pd.read_parquet(file)
    assert frame["macs"].tolist() == [row["macs"] for row in rows]
    assert frame["filters"][1].tolist() == rows[1]["filters"]


@pytest.mark.parametrize("ending", ["csv", "json", "tex", "md"])
def test_a_file_is_written_in_the_form_that_its_name_ends_with(call, lines, tmp_path, ending):
    flags = (f"--cells={lines}", "--templates=base,d")
    named = {"tex": "latex", "md": "markdown"}.get(ending, ending)
    out, _ = call(*flags, f"--format={named}")
    call(*flags, f"--output={tmp_path / 'rows'}.{ending}")
    assert (tmp_path / f"rows.{ending}").read_text() == out
    call(*flags, "--format=csv", f"--output={tmp_path / 'asked'}.{ending}")
    assert (tmp_path / f"asked.{ending}").read_text().startswith("cell,hash,template")


def test_hashes_and_accuracies_come_from_records(call, tmp_path):
    records = tmp_path / "records.csv"
    records.write_text(record_files.val_csv((record_files.B, 0.9, 1)))
    path = tmp_path / "hashes.txt"
    # As `match`, `sweep` and `rank` read them: in quotes or not, or as an object.
    path.write_text(f'{record_files.B}\nbest\n"best"\n{{"module_hash": "{record_files.B}"}}\n')
    out, _ = call(f"--cells={path}", f"--records={records}", "--templates=b", "--format=json")
    first, second, quoted, as_object = json.loads(out)
    assert first["hash"] == as_object["hash"] == record_files.B
    assert quoted["hash"] == second["hash"]
    assert first["record_validation_accuracy"] == 0.9
    assert first["record_test_accuracy"] is None
    assert second["record_validation_accuracy"] is None
    frame = nt.match_cells([record_files.B], "b", records=records)
    assert frame["record_validation_accuracy"].tolist() == [0.9]
    assert np.isnan(frame["record_test_accuracy"]).tolist() == [True]
    assert frame["macs"].tolist() == [first["macs"]]


def test_one_cell_or_a_file_stands_for_a_list(tmp_path):
    best = named_cells.get("best").cell
    graph = {"matrix": best.matrix, "ops": best.ops}
    path = tmp_path / "cells.jsonl"
    path.write_text("resnet\nbest\n")
    small = nt.match_cells(best, "b", stem_filters=16)["peak"].tolist()
    text = json.dumps(graph)  # longer than a file's name may be
    (tmp_path / "best.json").write_text(json.dumps(graph, indent=1))
    for given in ("best", graph, [graph], text, str(tmp_path / "best.json")):
        assert nt.match_cells(given, "b", options={"stem_filters": 16})["peak"].tolist() == small
    for given in (path, str(path)):
        assert len(nt.match_cells(given, "b")) == 2
    assert nt.match(graph, "b")["b"].filters == nt.match(nt.network(cell="best"), "b")["b"].filters
    with pytest.raises(
        ConfigError, match=r"none\.jsonl: expected a file with a cell a line: No such"
    ):
        nt.match_cells("none.jsonl", "b")
    with pytest.raises(UnknownNameError, match="unknown cell 'xxx"):
        nt.match_cells(300 * "x", "b")
    with pytest.raises(ConfigError, match="has no option stem_filter: expected"):
        nt.match_cells("best", "b", stem_filter=16)
    with pytest.raises(ConfigError, match="a hash needs --records"):
        nt.match_cells("0" * 32)


@pytest.mark.parametrize(
    ("text", "flags", "message"),
    [
        ("", [], "expected at least one cell"),
        ("best\n{}\n", [], "line 2: expected a cell with the keys"),
        ("zzz\n", [], "line 1: unknown cell"),
        ("0" * 32 + "\n", [], "line 1: .*needs --records"),
        ("best\n", ["--model_options=slots=layer"], "slots to be one of stack, module"),
        ("best\n", ["--cell=best"], "expected no --cell beside it"),
        ("best\n", ["--format=parquet"], "expected a file, --output="),
    ],
)
def test_bad_lists_are_refused(call, tmp_path, text, flags, message):
    path = tmp_path / "cells.txt"
    path.write_text(text)
    _, err = call(f"--cells={path}", *flags, status=2)
    assert re.search(message, err)
