"""The jobs cost and retemplate, and match on a Keras model."""

import csv
import io
import json
import pathlib

import keras
import pytest

import nasbench_templates as nt
from nasbench_templates.cli import command
from tests.helpers.keras_models import MODELS


@pytest.fixture
def path(tmp_path):
    network = MODELS["groups"]()
    network.save(tmp_path / "network.keras")
    return tmp_path / "network.keras"


def test_cost_prints_its_contract_and_tables(capsys, path):
    assert command.run(["cost", f"--model={path}", "--format=json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content == nt.cost(path).to_json()
    assert list(content) == [
        "model", "input_shape", "macs", "flops", "params", "trainable_params", "activations",
        "uncounted", "layers",
    ]  # fmt: skip
    assert command.run(["cost", f"--model={path}", "--format=csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(int(row["macs"]) for row in rows) == content["macs"]
    for form, mark in (("table", "---"), ("markdown", "|---"), ("latex", "tabular")):
        assert command.run(["cost", f"--model={path}", f"--format={form}"]) == 0
        assert mark in capsys.readouterr().out


def test_the_profiler_and_what_it_leaves_out_stand_beside(capsys, path):
    assert command.run(["cost", f"--model={path}", "--format=json", "--profiler"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["profiler_macs"] + content["profiler_left_out_macs"] == content["macs"]
    assert len(content["profiler_left_out"]) == 2


def test_retemplate_saves_and_prints_its_contract(capsys, path, tmp_path):
    new = tmp_path / "new.keras"
    plot = tmp_path / "widths.svg"
    arguments = [f"--model={path}", "--template=c", f"--output={new}", f"--plot={plot}"]
    assert command.run(["retemplate", *arguments, "--format=json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["macs_after"] == nt.cost(new).macs
    assert content["params_after"] == keras.saving.load_model(new).count_params()
    assert abs(content["gap"]) < 0.03
    assert set(content["slots"][0]) == {
        "name", "layers", "before", "after", "is_fixed", "reason",
    }  # fmt: skip
    assert plot.is_file()
    assert command.run(["retemplate", *arguments[:2]]) == 0
    assert "an output of the model" in capsys.readouterr().out


def test_the_model_that_is_read_stays(capsys, path, tmp_path):
    path, before = str(path), path.read_bytes()
    for output, message in ((path, "another file than --model"), ("new/x.h5", "ends in .keras")):
        given = ["retemplate", f"--model={path}", "--template=c", f"--output={tmp_path / output}"]
        assert command.run(given) == 2
        assert message in capsys.readouterr().err
    assert pathlib.Path(path).read_bytes() == before
    assert not (tmp_path / "new").exists()


def test_match_takes_a_keras_model(capsys, path):
    assert command.run(["match", f"--model={path}", "--match_on=macs", "--format=json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["macs"] == nt.cost(path).macs
    assert [row["template"] for row in rows] == ["base", "a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["cost"], 2, "expected --model="),
        (["cost", "--model=applications:Nothing"], 2, "has no 'Nothing'"),
        (["retemplate", "--model=applications:VGG16"], 2, "expected --template="),
        (["retemplate", "--model=x.keras", "--template=c", "--output=x.h5"], 2, "ends in .keras"),
    ],
)
def test_wrong_use_is_one_line(capsys, arguments, status, message):
    assert command.run(arguments) == status
    error = capsys.readouterr().err
    assert message in error


def test_damaged_files_are_one_line(capsys, tmp_path):
    damaged = tmp_path / "damaged.keras"
    damaged.write_bytes(b"PK\x03\x04 nothing")
    assert command.run(["cost", f"--model={damaged}"]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len([line for line in lines if "error:" in line]) == 1
