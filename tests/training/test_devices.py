"""Global settings, each in a process of its own."""

import os
import subprocess
import sys

import keras
import pytest

from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import devices
from nasbench_templates.training.steps import backends


def _run(script: str, tmp_path, **variables: str) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_determinism_is_asked_of_tensorflow(monkeypatch):
    tensorflow = pytest.importorskip("tensorflow")
    asked = []
    monkeypatch.setattr(
        tensorflow.config.experimental, "enable_op_determinism", lambda: asked.append(True)
    )
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    devices.enable_determinism()
    assert asked == [True]
    assert devices.describe()


@pytest.mark.slow
def test_determinism_is_enabled_on_request(tmp_path):
    script = (
        "from tensorflow.python.framework import config\n"
        "from nasbench_templates.training import devices\n"
        "assert not config.is_op_determinism_enabled()\n"
        "devices.enable_determinism()\n"
        "assert config.is_op_determinism_enabled()\n"
        "assert devices.describe()\n"
    )
    _run(script, tmp_path, KERAS_BACKEND="tensorflow")


def test_jax_trains_repeatably_and_counts_unbiased(tmp_path):
    pytest.importorskip("jax")
    script = (
        "import dataclasses, numpy as np\n"
        "from nasbench_templates.networks import architecture\n"
        "from nasbench_templates.networks.cells import Cell\n"
        "from nasbench_templates.data import loading\n"
        "from nasbench_templates.keras_io import keras_layers\n"
        "from nasbench_templates.training import devices, recipes, trainer\n"
        "devices.enable_determinism()\n"
        "layer = keras_layers.UnbiasedBatchNormalization(momentum=0.997)\n"
        "layer(np.arange(8, dtype='float32').reshape(2, 2, 2, 1), training=True)\n"
        "assert abs(float(layer.moving_variance[0]) - 1.015) < 1e-6\n"
        "ops = ['input', 'conv3x3-bn-relu', 'output']\n"
        "cell = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ops)\n"
        "options = {'stem_filters': 8, 'num_stacks': 1, 'num_modules_per_stack': 1}\n"
        "network = architecture.build('nasbench101', (8, 8, 1), 10, {**options, 'cell': cell})\n"
        "config = recipes.recipes.get('short').config(epochs=2, deterministic=True)\n"
        "config = dataclasses.replace(config, augmentation=('pad_crop', 'flip'))\n"
        "digits = loading.load_dataset('digits', None)\n"
        "run = trainer.Trainer(network.graph, network.base_filters, digits, config)\n"
        "results = run.run(0), run.run(1), run.run(0)\n"
        "losses = [[each.loss for each in result.history] for result in results]\n"
        "assert losses[0] == losses[2] != losses[1]\n"
        "assert losses[0][1] < losses[0][0]\n"
    )
    _run(script, tmp_path, KERAS_BACKEND="jax")


@pytest.mark.slow
def test_jax_learns_digits(tmp_path):
    pytest.importorskip("jax")
    script = (
        "from nasbench_templates.networks import architecture\n"
        "from nasbench_templates.data import loading\n"
        "from nasbench_templates.training import recipes, trainer\n"
        "options = {'stem_filters': 8, 'num_stacks': 2, 'num_modules_per_stack': 1}\n"
        "network = architecture.build('nasbench101', (8, 8, 1), 10, options)\n"
        "config = recipes.recipes.get('short').config(epochs=4)\n"
        "digits = loading.load_dataset('digits', None)\n"
        "run = trainer.Trainer(network.graph, network.base_filters, digits, config)\n"
        "assert run.run(0).test_accuracy > 0.85\n"
    )
    _run(script, tmp_path, KERAS_BACKEND="jax")


def test_backend_without_steps_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    for call in (devices.enable_determinism, lambda: backends.make_steps(None)):
        with pytest.raises(ConfigError, match="backend tensorflow or jax, received numpy"):
            call()


def test_several_gpus_are_refused_where_one_computes(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    monkeypatch.setattr(devices, "gpu_names", lambda: ("card", "other"))
    with pytest.raises(ConfigError, match=r"one GPU, received 2; .* --distribution=mirrored"):
        devices.select("gpu:0,1")
    devices.select("gpu:1,0", is_distributed=True)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "5,2"


def test_record_names_the_gpus_that_compute(monkeypatch):
    monkeypatch.setattr(devices, "gpu_names", lambda: ("card", "other"))
    assert devices.describe() == "card"
    assert devices.describe(is_distributed=True) == "card, other"


def test_numbers_of_gpus_count_among_those_that_a_scheduler_left(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    monkeypatch.setattr(devices, "gpu_names", lambda: ("card",))
    devices.select("gpu:1")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "5"
    with pytest.raises(ConfigError, match="among the 1 of CUDA_VISIBLE_DEVICES, received number 1"):
        devices.select("gpu:1")
