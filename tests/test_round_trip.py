"""Saved networks load in a process that knows nothing but Keras and our layers."""

import subprocess
import sys

import numpy as np
import pytest
from test_agreement import NARROW

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.keras_io import keras_builder
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.networks.cells import Cell

CELL = Cell.parse(
    [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]],
    ["input", "conv3x3-bn-relu", "maxpool3x3", "output"],
)
LOAD_AND_PREDICT = """
import pathlib, sys
import keras, numpy as np
import nasbench_templates.keras_io.keras_layers
assert "nasbench_templates.keras_io.keras_builder" not in sys.modules
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    images = np.load(path.with_suffix(".images.npy"))
    outputs = keras.models.load_model(path)(images, training=False)
    np.save(path.with_suffix(".loaded.npy"), keras.ops.convert_to_numpy(outputs))
"""


def save(name, folder, options):
    """Saves a network with random weights and statistics; returns what it predicts."""
    (network,) = plan(NetworkSettings(name, options=options), ["d"], NARROW)
    graph = network.architecture.graph
    model = keras_builder.build_keras(graph, network.filters)
    draw = np.random.default_rng(0)
    for weight in model.weights:
        # No value as a new layer would draw it, so that none could be lost unnoticed.
        factor, offset = draw.uniform(0.9, 1.1, weight.shape), 0.1 * (len(weight.shape) == 1)
        weight.assign(np.asarray(weight) * factor + offset)
    images = draw.normal(size=(2, *network.architecture.input_shape)).astype(np.float32)
    np.save(folder / f"{name}.images.npy", images)
    model.save(folder / f"{name}.keras")
    return np.asarray(model(images, training=False))


def check(names, folder, options=None):
    """Checks networks with their default options, or with those given by name."""
    expected = {name: save(name, folder, (options or {}).get(name, {})) for name in names}
    command = [sys.executable, "-c", LOAD_AND_PREDICT, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name: np.load(folder / f"{name}.loaded.npy") for name in names}
    for name in names:
        assert np.isfinite(expected[name]).all(), name
        assert np.ptp(expected[name]) > 0, name
    differing = [name for name in names if not np.array_equal(loaded[name], expected[name])]
    assert differing == []


def test_every_kind_of_layer_predicts_the_same_after_loading(tmp_path):
    # The cell has the layers of `inception`, light convolutions those of `mobilenet_v1`.
    small = {
        "nasbench101": {"cell": CELL, "num_modules_per_stack": 1},
        "multires": {"block": "eff_conv"},
    }
    check(["multires", "nasbench101"], tmp_path, small)


@pytest.mark.slow
def test_every_network_predicts_the_same_after_loading(tmp_path):
    check(list(architectures), tmp_path)
