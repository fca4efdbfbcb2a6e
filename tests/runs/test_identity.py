"""What makes two runs the same, now and in folders from before."""

import dataclasses
import json

import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.runs import folders, identity
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.recipes import recipes

CONFIG = recipes.get("short").config(epochs=2)
(DESIGN,) = plan(NetworkSettings("vgg19", (8, 8, 1)), ["b"])
SPEC = RunSpec(DESIGN, DataRequest("digits"), CONFIG, seed=3)


def result_of(config):
    return {
        "status": "finished", "template": "b", "filters": list(DESIGN.filters), "seed": 3,
        "data_checksum": "0", "val_accuracy": 0.5, "test_accuracy": 0.5, "train_seconds": 1.0,
        "device": "cpu", "versions": {},
    }  # fmt: skip


def write(folder, config, result):
    folder.mkdir(parents=True, exist_ok=True)
    files.write_json(folder / "config.json", config)
    files.write_json(folder / "result.json", result)


def test_every_setting_has_a_reference():
    fields = {field.name for field in dataclasses.fields(TrainConfig)}
    assert set(identity.REFERENCE) == fields - {
        "epochs",
        "batch_size",
        "optimizer",
        "learning_rate",
    }


def test_only_settings_that_differ_from_their_reference_enter():
    plain = RunSpec(DESIGN, DataRequest("digits"), TrainConfig(1, 8, "sgd", 0.1))
    assert plain.identity("0")["training"] == {
        "epochs": 1, "batch_size": 8, "optimizer": "sgd", "learning_rate": 0.1,
    }  # fmt: skip


def test_specification_survives_json_and_hashing():
    again = RunSpec.from_json(json.loads(json.dumps(SPEC.to_json())))
    assert again == SPEC
    assert hash(again) == hash(SPEC)
    assert again.identity("0") == SPEC.identity("0")


def test_folder_of_version_1_is_found_and_read_back(tmp_path):
    # As version 0.1 wrote it: every setting, whether it had its default or not.
    settings = CONFIG.to_dict()
    old = {**SPEC.identity("0"), "training": settings}
    name = folders._short_hash(old)
    write(tmp_path / f"vgg19-digits-b-seed3-{name}", old, result_of(old))
    found = folders.RunFolder.locate(tmp_path, "another-label", SPEC.identity("0"))
    assert found.path.name.endswith(name)
    assert found.finished()["test_accuracy"] == 0.5
    assert folders.RunFolder.at(found.path, SPEC.identity("0")).finished() is not None


def test_a_setting_that_version_1_did_not_know_makes_a_new_run():
    config = dict(SPEC.identity("0"))
    config["training"] = {**config["training"], "novelty": 1}
    assert identity.version_1(config) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "config.json").unlink(),
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: files.write_json(folder / "config.json", {"seed": 4}),
        lambda folder: files.write_json(folder / "result.json", {"status": "finished"}),
        lambda folder: files.write_json(
            folder / "result.json", {**result_of(None), "filters": [1]}
        ),
        lambda folder: files.write_json(
            folder / "result.json", {**result_of(None), "test_accuracy": "0.5"}
        ),
    ],
    ids=["no config", "damaged config", "other config", "bare", "other widths", "mistyped"],
)
def test_result_that_is_not_surely_the_runs_is_not_taken(tmp_path, damage):
    config = SPEC.identity("0")
    write(tmp_path / "run", config, result_of(config))
    folder = folders.RunFolder(tmp_path / "run", config)
    assert folder.finished() is not None
    damage(folder.path)
    assert folder.finished() is None


def test_folder_that_nothing_tells_of_is_refused(tmp_path):
    config = SPEC.identity("0")
    write(tmp_path, config, result_of(config))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigError, match=r"holds config\.json of a run that no readable"):
        folders.RunFolder.at(tmp_path, config)


def test_both_values_of_what_differs_are_told(tmp_path):
    config = SPEC.identity("0")
    write(tmp_path, config, result_of(config))
    longer = {**config, "training": {**config["training"], "epochs": 6}}
    with pytest.raises(ConfigError, match=r"epochs \(there 2, asked for 6\).*to train anew"):
        folders.RunFolder.at(tmp_path, longer)


def test_seed_below_zero_is_refused_before_anything_is_written():
    with pytest.raises(ConfigError, match="expected a seed, a whole number >= 0, received -1"):
        RunSpec(DESIGN, DataRequest("digits"), CONFIG, seed=-1)
