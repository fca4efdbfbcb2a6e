"""The study of table 5, without training."""

import json
import types

import myth_table5_audio as study
import pytest

from nasbench_templates.results import runs
from nasbench_templates.studies import resource_study
from nasbench_templates.training import devices


def test_all_six_parameter_counts_are_the_published_ones():
    found = {row["template"]: row["trainable_params"] for row in study.rows({}, None)}
    # Template specification, section 6, table 5.
    assert found == {
        "base": 23_610_482,
        "a": 14_231_778,
        "b": 4_881_862,
        "c": 3_500_958,
        "d": 8_390_678,
        "e": 3_713_036,
    }
    assert all(row["agrees"] for row in study.rows({}, None))


def test_accuracy_is_the_mean_of_finished_folds(tmp_path):
    for fold, status, accuracy in ((1, runs.FINISHED, 0.5), (2, runs.FINISHED, 0.75),
                                   (3, runs.INTERRUPTED, 1.0)):  # fmt: skip
        folder = runs.RunFolder(tmp_path / "a" / f"fold{fold}", {})
        folder.start({})
        folder.finish({"status": status, "test_accuracy": accuracy})
    found = {row["template"]: row for row in study.rows({}, tmp_path)}
    assert (found["a"]["esc50_accuracy_percent"], found["a"]["num_folds"]) == (62.5, 2)
    assert (found["b"]["esc50_accuracy_percent"], found["b"]["num_folds"]) == (None, 0)


def test_rows_are_printed(capsys):
    assert study.main(["--format=json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["template"] for row in rows] == ["base", "a", "b", "c", "d", "e"]
    assert rows[3]["published_params_millions"] == 3.5
    assert rows[0]["published_inference_ms"] == 5.47
    assert rows[0]["published_esc50_accuracy_percent"] == 69.66
    assert rows[0]["peak_memory_mb"] is None


def test_each_network_is_kept_as_soon_as_it_is_measured(tmp_path, monkeypatch, capsys):
    calls = []

    def measure(planned, repeats, *, batch_size):
        calls.append(planned[0].template)
        if len(calls) == 3:
            raise KeyboardInterrupt
        row = {"peak_memory_bytes": 250_000_000, "latency_ms": 12.5}
        return (types.SimpleNamespace(to_json=lambda base: row),)

    monkeypatch.setattr(resource_study.resources, "measure_resources", measure)
    command = ["--measure", "--format=json", f"--output_dir={tmp_path}"]
    assert study.main(command) == 130
    assert calls == ["base", "a", "b"]
    assert capsys.readouterr().out == ""
    assert study.main(command) == 0
    assert calls == ["base", "a", "b", "b", "c", "d", "e"]
    rows = json.loads(capsys.readouterr().out)
    assert {(row["peak_memory_mb"], row["latency_ms"]) for row in rows} == {(250.0, 12.5)}
    assert len({(row["device"], row["backend"]) for row in rows}) == 1
    assert rows[0]["backend"] == devices.keras_backend()


@pytest.mark.parametrize("argument", ["extra", "--results_dir=/absent", "--unknown"])
def test_wrong_usage_is_exit_status_2(argument, capsys):
    assert study.main([argument]) == 2
    assert capsys.readouterr().out == ""
