"""A package of a user's own adds a network, a template and a data set; every job finds them."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

MODULE = """
import numpy as np
from nasbench_templates.data.core import dataset, splits
from nasbench_templates.distributions.template import peak_template
from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks.architecture import Architecture, architecture


@architecture("two_layers", "two convolutions and a classifier")
def two_layers(input_shape, num_classes):
    builder = GraphBuilder(("first", "second"))
    node = builder.add("image", layers.Input(*input_shape))
    for index in (0, 1):
        node = builder.add(f"conv{index}", layers.Conv(widths.slot(index), 3), node)
    node = builder.add("average", layers.GlobalAveragePool(), node)
    builder.add("classifier", layers.Dense(num_classes), node)
    return Architecture("two_layers", input_shape, num_classes, (8, 16), builder.build())


@peak_template("zigzag", "the peak in every second slot")
def zigzag(slots, n_min, peak):
    return tuple(peak if slot % 2 else n_min for slot in range(slots))


def load(folder):
    generator = np.random.default_rng(0)
    def part(count):
        labels = np.arange(count) % 2
        images = generator.integers(0, 99, (count, 8, 8, 1)) + 100 * labels[:, None, None, None]
        return splits.make_split(images.astype(np.uint8), labels)
    parts = part(256), part(64), part(64)
    return dataset.make_dataset("stripes", ("dark", "bright"), parts, "made")


dataset.datasets.register(
    "stripes", dataset.DatasetInfo("stripes", "dark and bright images", (8, 8, 1), 2, load)
)
"""
GROUPS = ("architectures", "templates", "datasets")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with an installed package `stripes_networks`, as pip leaves one."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "stripes_networks.py").write_text(MODULE)
    information = folder / "stripes_networks-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: stripes_networks\nVersion: 1.0\n"
    )
    points = "".join(
        f"[nasbench_templates.{group}]\nstripes = stripes_networks\n" for group in GROUPS
    )
    (information / "entry_points.txt").write_text(points)
    return folder


def call(*arguments, folder=None, **variables):
    environment = {**os.environ, **variables}
    command = [sys.executable, "-m", "nasbench_templates", *arguments]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def test_modules_in_the_working_folder_are_found(tmp_path):
    (tmp_path / "stripes_networks.py").write_text(MODULE)
    command = [pathlib.Path(sys.executable).with_name("nasbench-templates"), "match"]
    done = subprocess.run(
        [*command, "--import=stripes_networks", "--model=two_layers", "--templates=zigzag"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "zigzag" in done.stdout


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_installed_package_is_found_by_every_job(site, tmp_path, workers):
    variables = {"PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])}
    listed = call("list", "--format=json", **variables)
    names = {row["name"] for row in json.loads(listed.stdout)}
    assert {"two_layers", "zigzag", "stripes"} <= names
    flags = (
        "--model=two_layers", "--templates=base,zigzag", "--dataset=stripes", "--epochs=2",
        "--recipe=auto", "--batch_size=32", f"--output_dir={tmp_path}", "--format=json",
        f"--workers={workers}",
    )  # fmt: skip
    done = call("evaluate", *flags, **variables)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [row["template"] for row in rows] == ["base", "zigzag"]
    assert rows[0]["filters"] == [8, 16]
    assert rows[0]["test_accuracy"]["mean"] > 0.9


def test_module_in_the_working_folder_is_imported_by_a_flag(tmp_path):
    (tmp_path / "my_networks.py").write_text(MODULE)
    root = pathlib.Path(__file__).parents[1]
    variables = {"PYTHONPATH": str(root)}
    arguments = ("match", "--model=two_layers", "--templates=zigzag", "--format=json")
    unknown = call(*arguments, folder=tmp_path, **variables)
    assert unknown.returncode == 2
    assert "unknown template 'zigzag'" in unknown.stderr
    found = call(*arguments, "--import=my_networks", folder=tmp_path, **variables)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)[0]["template"] == "zigzag"
    missing = call(*arguments, "--import=absent", folder=tmp_path, **variables)
    assert missing.returncode == 2
    assert "expected a module to import, absent" in missing.stderr
