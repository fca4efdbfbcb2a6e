"""What sweeps ask for: grids from mappings and files, refused before any work where malformed."""

import numpy as np
import pytest

from nasbench_templates import face_sweeps
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.sweeps import request

YAML = """
networks: [resnet, {cell: best, options: {stem_filters: 8}}]
templates: [base, b]
budgets: [1x, 0.5x]
datasets: {name: digits, train_images: 200}
training: [{recipe: short, epochs: 2}]
seeds: [0, 1]
"""
TOML = """
networks = ["resnet", {cell = "best", options = {stem_filters = 8}}]
templates = ["base", "b"]
budgets = ["1x", "0.5x"]
datasets = {name = "digits", train_images = 200}
training = [{recipe = "short", epochs = 2}]
seeds = [0, 1]
"""


def test_toml_says_what_json_says(tmp_path):
    import json

    toml, same = tmp_path / "a.toml", tmp_path / "a.json"
    toml.write_text(TOML)
    same.write_text(json.dumps(request.read_file(toml)))
    assert request.parse(request.read_file(same)) == request.parse(request.read_file(toml))
    (grid,) = request.parse(request.read_file(toml))
    assert grid.templates == ("base", "b")
    assert grid.datasets == ({"name": "digits", "train_images": 200},)


def test_yaml_says_what_toml_says(tmp_path):
    pytest.importorskip("yaml", reason="PyYAML is not installed here")
    yaml, toml = tmp_path / "a.yaml", tmp_path / "a.toml"
    yaml.write_text(YAML)
    toml.write_text(TOML)
    assert request.parse(request.read_file(yaml)) == request.parse(request.read_file(toml))


def test_a_list_takes_from_the_outer_keys_what_it_leaves_out():
    content = {
        "networks": "resnet", "seeds": 3, "runs": [{"templates": "b"}, {"networks": "vgg19"}],
    }  # fmt: skip
    first, second = request.parse(content)
    assert (first.networks, first.templates, first.seeds) == (("resnet",), ("b",), (3,))
    assert (second.networks, second.templates, second.seeds) == (("vgg19",), ("base",), (3,))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"networks": "resnet", "seed": 1}, "networks, .*seeds, runs; received 'seed'"),
        ({"networks": []}, "sweep, networks: expected at least one value"),
        ({"networks": "resnet", "templates": []}, "templates: expected at least one value"),
        ({"networks": "resnet", "runs": [{"template": "b"}]}, "runs.0.: .*; received 'template'"),
        ({"networks": "resnet", "seeds": [-1]}, "seeds"),
        (
            {"networks": "resnet", "training": {"epoch": 1}},
            "training: .*epochs.*; received 'epoch'",
        ),
        (
            {"networks": "best", "training": {"limit_train_images": 9}},
            "received 'limit_train_images'; write datasets: {train_images: ...}",
        ),
        ({"networks": "best", "matching": {"match_rule": "closest"}}, "write matching: {rule: "),
        ({"networks": "best", "epochs": 1}, "received 'epochs'; write training: {epochs: ...}"),
        ({"networks": {"model": "vgg19", "cell": "best"}}, "networks: .*one of model, cell, cells"),
        ({"networks": [{"options": {}}]}, "networks.0.: .*one of model, cell, cells"),
        ({"networks": ["best", {"mdl": "best"}]}, "networks.1.: .*received 'mdl'"),
        ({"networks": ["best", 3]}, "networks.1.: 3 is not of type 'object'"),
        ({"templates": "b"}, "expected networks, received none"),
        ([], "not of type 'object'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(content, message):
    with pytest.raises(ConfigError, match=message):
        request.parse(content)


def test_a_file_of_another_kind_and_a_malformed_one_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"\.yaml, \.yml, \.toml, \.json"):
        request.read_file(tmp_path / "a.ini")
    (tmp_path / "a.toml").write_text("networks = [")
    with pytest.raises(ConfigError, match=r"a\.toml: malformed"):
        request.read_file(tmp_path / "a.toml")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("twice.yaml", "networks: resnet\ntraining: {epochs: 1, epochs: 2}\n"),
        ("twice.json", '{"networks": "resnet", "training": {"epochs": 1, "epochs": 2}}'),
    ],
)
def test_a_name_that_stands_twice_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=rf"{name}: malformed: .*received epochs twice"):
        request.read_file(tmp_path / name)


def test_arrays_and_ranges_are_lists():
    (grid,) = request.parse(
        request.plain({"networks": ("resnet",), "seeds": range(2), "templates": np.array(["b"])})
    )
    assert (grid.seeds, grid.templates) == ((0, 1), ("b",))


@pytest.mark.parametrize("workers", [0, -1])
def test_less_than_one_worker_is_refused_before_anything_is_written(tmp_path, workers):
    with pytest.raises(ConfigError, match="at least one of workers"):
        face_sweeps.sweep("resnet", output_dir=tmp_path / "sweep", workers=workers)
    assert not list(tmp_path.iterdir())
