"""The study of table 5, without training."""

import json
import types

import pytest

from nasbench_templates.cli import command
from nasbench_templates.papers import resource_study
from nasbench_templates.papers.studies import audio as study
from nasbench_templates.runs import folders
from nasbench_templates.training import devices


def call(arguments):
    return command.run(["study", "audio", *arguments])


def test_all_six_parameter_counts_are_the_published_ones():
    found = {row["template"]: row["trainable_params"] for row in study.rows({}, None)}
    # experiments/README.md, table 5.
    assert found == {
        "base": 23_610_482,
        "a": 14_231_778,
        "b": 4_881_862,
        "c": 3_500_958,
        "d": 8_390_678,
        "e": 3_713_036,
    }
    assert all(row["agrees"] for row in study.rows({}, None))


def finish(
    root, template, *, name, accuracy=0.5, status=folders.FINISHED, overwritten=(), **changes
):
    (network,) = (each for each in study.study_networks() if each.template == template)
    config = {
        "model": "resnet50", "template": template, "filters": list(network.plan().filters),
        "dataset": "esc50", "data_checksum": name, "seed": 0, "smoke": False, **changes,
        **dict(overwritten),
    }  # fmt: skip
    folder = folders.RunFolder(root / template / f"{name}-{config['seed']}", config)
    folder.start({})
    known = {key: config[key] for key in ("template", "filters", "seed", "data_checksum")}
    rest = {"val_accuracy": None, "train_seconds": 1.0, "device": "cpu", "versions": {}}
    folder.finish({"status": status, "test_accuracy": accuracy, **known, **rest})


def test_accuracy_is_the_mean_of_finished_folds_and_seeds(tmp_path):
    finish(tmp_path, "a", name="fold1", accuracy=0.5)
    finish(tmp_path, "a", name="fold2", accuracy=0.75)
    finish(tmp_path, "a", name="fold1", accuracy=0.25, seed=1)
    finish(tmp_path, "a", name="fold3", accuracy=1.0, status=folders.INTERRUPTED)
    finish(tmp_path, "a", name="all", accuracy=0.875, dataset="gtzan")
    found = {row["template"]: row for row in study.rows({}, tmp_path)}
    names = ("accuracy_percent", "folds", "seeds")
    assert [found["a"][f"esc50_{name}"] for name in names] == [50, 2, 2]
    assert [found["a"][f"gtzan_{name}"] for name in names] == [87.5, 1, 1]
    assert [found["b"][f"esc50_{name}"] for name in names] == [None, 0, 0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "vgg19"}, "model resnet50"),
        ({"template": "b"}, "template a"),
        ({"filters": [64] * 32}, "match_num_classes=10"),
        ({"dataset": "cifar10"}, "dataset esc50 or gtzan"),
        ({"smoke": True}, "smoke False"),
    ],
)
def test_run_of_something_else_is_refused(tmp_path, capsys, changes, words):
    finish(tmp_path, "a", name="fold1", overwritten=changes)
    assert call([f"--results_dir={tmp_path}"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("changes", [{"name": "fold2"}, {"name": "fold1", "seed": 1}])
def test_templates_with_different_folds_or_seeds_are_refused(tmp_path, capsys, changes):
    finish(tmp_path, "a", name="fold1")
    finish(tmp_path, "b", **changes)
    assert call([f"--results_dir={tmp_path}"]) == 2
    assert "expected all templates with the same folds and seeds" in capsys.readouterr().err


def test_runs_that_were_trained_otherwise_are_refused(tmp_path, capsys):
    finish(tmp_path, "a", name="fold1", training={"epochs": 200})
    finish(tmp_path, "b", name="fold1", training={"epochs": 1})
    assert call([f"--results_dir={tmp_path}"]) == 2
    assert "epochs (there 1, asked for 200)" in capsys.readouterr().err


def test_fold_that_is_there_twice_is_refused(tmp_path, capsys):
    finish(tmp_path / "a", "a", name="fold1")
    finish(tmp_path, "a", name="fold1")
    assert call([f"--results_dir={tmp_path}"]) == 2
    assert "expected one run for each fold and seed" in capsys.readouterr().err


def test_rows_are_printed(capsys):
    assert call(["--format=json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["template"] for row in rows] == ["base", "a", "b", "c", "d", "e"]
    assert rows[3]["published_params_millions"] == 3.5
    assert rows[0]["published_inference_ms"] == 5.47
    assert rows[0]["published_esc50_accuracy_percent"] == 69.66
    assert rows[0]["published_gtzan_accuracy_percent"] == 85.59
    assert rows[0]["peak_memory_mb"] is None


def test_each_network_is_kept_as_soon_as_it_is_measured(tmp_path, monkeypatch, capsys):
    calls = []

    def measure(planned, repeats, *, batch_size):
        calls.append(planned[0].template)
        if len(calls) == 3:
            raise KeyboardInterrupt
        row = {
            "peak_memory_bytes": 250_000_000, "peak_memory_kind": "resident", "latency_ms": 12.5,
            "repeats": repeats,
        }  # fmt: skip
        return (types.SimpleNamespace(to_json=lambda base: row),)

    monkeypatch.setattr(resource_study.resources, "measure_resources", measure)
    command = ["--measure", "--format=json", f"--output_dir={tmp_path}"]
    assert call(command) == 130
    assert calls == ["base", "a", "b"]
    assert capsys.readouterr().out == ""
    assert call(command) == 0
    assert calls == ["base", "a", "b", "b", "c", "d", "e"]
    rows = json.loads(capsys.readouterr().out)
    assert {(row["peak_memory_mb"], row["latency_ms"]) for row in rows} == {(250.0, 12.5)}
    assert len({(row["device"], row["backend"]) for row in rows}) == 1
    assert rows[0]["backend"] == devices.keras_backend()
    written = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert written["rows"] == rows
    assert "| base | 23.61 | 23,610,482 | yes |" in (tmp_path / "results.md").read_text("utf-8")


@pytest.mark.parametrize("argument", ["extra", "--results_dir=/absent", "--unknown"])
def test_wrong_usage_is_exit_status_2(argument, capsys):
    assert call([argument]) == 2
    assert capsys.readouterr().out == ""
