"""Finished runs in trackers: each once, unfinished ones not."""

import json

import pytest
import result_folders

from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps import trackers


def write_runs(root):
    for seed in range(2):
        folder = result_folders.write_run(root, "b", seed, 0.5 + seed / 10)
        row = {
            "epoch": 1, "loss": 1.0, "accuracy": 0.4, "val_loss": 1.1, "val_accuracy": 0.5,
            "learning_rate": 0.1, "seconds": 1.0, "images_per_second": 10.0,
        }  # fmt: skip
        (folder / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    result_folders.write_run(root, "c", 0, 0.1, status="interrupted")


def test_tensorboard_gets_each_finished_run_once(tmp_path):
    write_runs(tmp_path)
    assert trackers.track(tmp_path, "tensorboard") == 2
    assert trackers.track(tmp_path, "tensorboard") == 0
    names = sorted(path.name for path in (tmp_path / "tensorboard").iterdir())
    assert names == ["b-seed0", "b-seed1"]
    assert list((tmp_path / "tensorboard/b-seed0").rglob("events*"))
    result_folders.write_run(tmp_path, "base", 3, 0.7)
    (tmp_path / "tensorboard/.partial-of-a-killed-command").mkdir()
    assert trackers.track(tmp_path, "tensorboard") == 1
    assert not list((tmp_path / "tensorboard").glob(".partial*"))


@pytest.mark.parametrize("tracker", trackers.TRACKERS)
def test_runs_of_one_name_are_told_apart_by_their_path(tmp_path, tracker):
    if tracker == "mlflow":
        pytest.importorskip("mlflow", reason="MLflow is not installed here")
    for parent in ("one", "other"):
        result_folders.write_run(tmp_path / parent, "b", 0, 0.5)
    assert trackers.track(tmp_path, tracker) == 2
    assert trackers.track(tmp_path, tracker) == 0
    if tracker == "tensorboard":
        assert (tmp_path / "tensorboard/one/runs/b-seed0").is_dir()
        assert (tmp_path / "tensorboard/other/runs/b-seed0").is_dir()


def test_mlflow_gets_each_finished_run_once_and_replaces_half_written_ones(tmp_path):
    mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed here")
    write_runs(tmp_path)
    assert trackers.track(tmp_path, "mlflow") == 2
    assert trackers.track(tmp_path, "mlflow") == 0
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string=f"name = '{tmp_path.name}'")
    runs = client.search_runs([experiment.experiment_id])
    assert sorted(each.data.metrics["test_accuracy"] for each in runs) == [0.5, 0.6]
    assert {each.data.params["template"] for each in runs} == {"b"}
    # As a command leaves it that is killed between its first and its last word.
    client.create_run(experiment.experiment_id, tags={"nasbench_templates.run": "c-seed0"})
    assert trackers.track(tmp_path, "mlflow") == 0
    assert len(client.search_runs([experiment.experiment_id])) == 2


def test_an_address_belongs_to_mlflow(tmp_path):
    with pytest.raises(ConfigError, match="mlflow only"):
        trackers.track(tmp_path, "tensorboard", "sqlite:///x.db")
