"""Several devices train like one: two logical CPUs in a process, two processes over loopback."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import train_runs

from nasbench_templates.__main__ import main
from nasbench_templates.data import loading
from nasbench_templates.keras_io import keras_layers  # noqa: F401 (saved networks need it)
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import distribution

# Trains every variant on one device and on two; writes losses, weights and a saved network.
MIRRORED = """
import dataclasses, json, sys
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import keras
from nasbench_templates.networks import architecture, blocks
from nasbench_templates.networks.cells import Cell
from nasbench_templates.graph import layers, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.data import loading
from nasbench_templates.training import distribution, trainer
from nasbench_templates.training.config import TrainConfig

digits = loading.load_dataset("digits", None).with_limited_training(256)
skeleton = {"stem_filters": 4, "num_stacks": 1, "num_modules_per_stack": 1}
simple = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"])
skeleton["cell"] = simple
cell = architecture.build("nasbench101", (8, 8, 1), 10, skeleton).graph
builder = GraphBuilder(("width",))
node = builder.add("image", layers.Input(8, 8, 1))
node = blocks.conv_bn_relu(builder, "first", node, widths.slot(0), 3)
blocks.classifier_head(builder, node, 10)
plain = builder.build()

base = TrainConfig(epochs=1, batch_size=64, optimizer="sgd", learning_rate=0.1, weight_decay=1e-4)
crops = ("pad_crop", "flip")
average = {"clip_norm": 0.1, "ema_momentum": 0.8, "label_smoothing": 0.1}
variants = {
    "cell": (cell, {"optimizer": "rmsprop", "batch_norm_momentum": 0.9}),
    "unsynchronized": (cell, {"optimizer": "rmsprop", "batch_norm_momentum": 0.9}),
    "augmented": (plain, {"augmentation": crops, "nesterov": True}),
    "clipped": (plain, average),
    "half": (plain, {**average, "precision": "mixed_float16"}),
}
variants = {name: variants[name] for name in sys.argv[1:]}
two = distribution.make_distribution("mirrored")
assert two.num_replicas == 2
losses = {}
for name, (graph, changes) in variants.items():
    # Alone nothing can be synchronized: the run is that of "cell".
    for devices in (two,) if name == "unsynchronized" else (None, two):
        is_synchronized = devices is not None and name != "unsynchronized"
        config = dataclasses.replace(base, **changes, synchronized_batch_norm=is_synchronized)
        run = trainer.Trainer(graph, (4,), digits, config, devices)
        (metrics,) = run.run(0).history
        key = f"{name}{1 if devices is None else 2}"
        losses[key] = [metrics.loss, metrics.accuracy, metrics.val_loss]
        np.savez(key, **{each.path: keras.ops.convert_to_numpy(each) for each in run.model.weights})
        if name == "cell" and devices:
            run.model.save("model.keras")
            np.save("logits", run.model.predict(digits.test.images, verbose=0))
json.dump(losses, open("losses.json", "w"))
"""


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory) -> pathlib.Path:
    """The folder that the script filled."""
    return _mirrored(tmp_path_factory.mktemp("mirrored"), "cell", "unsynchronized")


@pytest.fixture(scope="module")
def mirrored_more(tmp_path_factory) -> pathlib.Path:
    """The folder with the variants that are slow."""
    return _mirrored(tmp_path_factory.mktemp("mirrored_more"), "augmented", "half", "clipped")


def _mirrored(folder: pathlib.Path, *variants: str) -> pathlib.Path:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-c", MIRRORED, *variants],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def _keys(name: str) -> tuple[str, str]:
    """Returns what a variant's runs on one device and on two are called."""
    return f"{'cell' if name == 'unsynchronized' else name}1", f"{name}2"


def _losses(folder: pathlib.Path, name: str) -> list[list[float]]:
    losses = json.loads((folder / "losses.json").read_text())
    return [losses[key] for key in _keys(name)]


def _weights(folder: pathlib.Path, name: str) -> list[dict[str, np.ndarray]]:
    return [dict(np.load(folder / f"{key}.npz")) for key in _keys(name)]


def _difference(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> float:
    """Returns the largest difference of a value, relative to the largest weight of its kind."""
    assert one.keys() == two.keys()
    return max(
        np.abs(one[path] - two[path]).max() / (np.abs(one[path]).max() + 0.1) for path in one
    )


def test_two_devices_train_like_one(mirrored):
    _check_equal(mirrored, "cell")


@pytest.mark.slow
def test_two_devices_clip_and_average_like_one(mirrored_more):
    _check_equal(mirrored_more, "clipped")


def _check_equal(folder: pathlib.Path, name: str) -> None:
    one, two = _losses(folder, name)
    assert two == pytest.approx(one, rel=1e-5)
    assert _difference(*_weights(folder, name)) < 1e-4


@pytest.mark.slow
def test_two_devices_augment_like_one(mirrored_more):
    _check_equal(mirrored_more, "augmented")
    _check_statistics(mirrored_more, "augmented", 2)


@pytest.mark.slow
def test_half_precision_differs_only_by_its_rounding(mirrored_more):
    # A value in half precision has 11 bits: half of a thousandth.
    one, two = _losses(mirrored_more, "half")
    assert two == pytest.approx(one, rel=1e-3)
    assert _difference(*_weights(mirrored_more, "half")) < 1e-3


def test_synchronized_statistics_are_those_of_the_whole_batch(mirrored):
    _check_statistics(mirrored, "cell", 4)


def _check_statistics(folder: pathlib.Path, name: str, at_least: int) -> None:
    one, two = _weights(folder, name)
    moving = [path for path in one if "moving" in path]
    assert len(moving) >= at_least
    for path in moving:
        np.testing.assert_allclose(two[path], one[path], rtol=1e-4, atol=1e-5, err_msg=path)


def test_without_synchronized_statistics_two_devices_differ(mirrored):
    one, two = _losses(mirrored, "unsynchronized")
    assert two[0] == pytest.approx(one[0], rel=0.01)
    assert abs(two[0] - one[0]) > 1e-4
    assert _difference(*_weights(mirrored, "unsynchronized")) > 0.01


def test_network_of_two_devices_loads_on_one(mirrored):
    model = keras.models.load_model(mirrored / "model.keras")
    images = loading.load_dataset("digits", None).test.images
    expected = np.load(mirrored / "logits.npy")
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, rtol=1e-5, atol=1e-5)


FLAGS = [
    *train_runs.NETWORK,
    *("--dataset=digits", "--limit_train_images=256", "--recipe=short", "--batch_size=64"),
    "--notensorboard",
]


class Workers:
    """Two `train` processes of one cluster; none of them outlives the block."""

    def __init__(self, folders: list[pathlib.Path], *flags: str):
        # All are open at once, so that no port is given out twice.
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in folders]
        addresses = ["{}:{}".format(*each.getsockname()) for each in sockets]
        for each in sockets:
            each.close()
        self.processes = [
            self._start(addresses, index, folder, flags) for index, folder in enumerate(folders)
        ]

    @staticmethod
    def _start(addresses, index, folder, flags) -> subprocess.Popen:
        cluster = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CONFIG": json.dumps(cluster)}
        command = [sys.executable, "-m", "nasbench_templates", "train", f"--output_dir={folder}"]
        distributed = ["--distribution=multi_worker", "--sync_batch_norm"]
        return subprocess.Popen(
            [*command, *FLAGS, *distributed, *flags],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()

    def ends(self) -> list[tuple[int, str]]:
        """Returns exit status and last line of each worker."""
        messages = [process.communicate(timeout=120)[1] for process in self.processes]
        return [
            (process.returncode, message.strip().splitlines()[-1])
            for process, message in zip(self.processes, messages, strict=True)
        ]


def _wait_for(path: pathlib.Path) -> None:
    end = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.05)


def _figures(folder: pathlib.Path) -> list[list[float]]:
    rows = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [[row[key] for key in ("loss", "accuracy", "val_loss", "val_accuracy")] for row in rows]


def _trained(folder: pathlib.Path) -> dict[str, np.ndarray]:
    model = keras.models.load_model(folder / "model.keras")
    return {each.path: keras.ops.convert_to_numpy(each) for each in model.weights}


# Quick: two devices of one process above, and the refusals below.
@pytest.mark.slow
def test_two_workers_train_like_one_process(tmp_path):
    both, alone = tmp_path / "both", tmp_path / "alone"
    with Workers([both, both], "--epochs=2") as workers:
        assert main(["train", *FLAGS, "--epochs=2", f"--output_dir={alone}"]) == 0
        assert [status for status, _ in workers.ends()] == [0, 0]
    for mine, other in zip(_figures(both), _figures(alone), strict=True):
        assert mine == pytest.approx(other, rel=1e-4)
    assert _difference(_trained(alone), _trained(both)) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("signalled", [0, 1])
def test_signal_to_one_worker_stops_all_and_the_command_resumes(tmp_path, signalled):
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    flags = ("--epochs=40", "--deterministic")
    with Workers([stopped, stopped], *flags) as workers:
        _wait_for(stopped / "metrics.jsonl")
        workers.processes[signalled].send_signal(signal.SIGTERM)
        assert [status for status, _ in workers.ends()] == [143, 143]
    result = json.loads((stopped / "result.json").read_text())
    assert (result["status"], result["reason"]) == ("interrupted", "SIGTERM")
    for folder in (stopped, whole):
        with Workers([folder, folder], *flags) as workers:
            assert [status for status, _ in workers.ends()] == [0, 0]
    assert _figures(stopped) == _figures(whole)
    resumed, uninterrupted = _trained(stopped), _trained(whole)
    for path, values in uninterrupted.items():
        np.testing.assert_array_equal(resumed[path], values, err_msg=path)


@pytest.mark.slow
def test_worker_that_dies_ends_the_other_with_one_line(tmp_path):
    with Workers([tmp_path, tmp_path], "--epochs=4000") as workers:
        _wait_for(tmp_path / "metrics.jsonl")
        workers.processes[0].kill()
        status, message = workers.ends()[1]
    assert status == 1
    assert "error: worker 1: another of the 2 workers is gone" in message


@pytest.mark.slow
def test_workers_with_different_folders_are_refused(tmp_path):
    with Workers([tmp_path / "mine", tmp_path / "other"], "--epochs=1") as workers:
        for status, message in workers.ends():
            assert status == 2
            assert "expected one folder that all workers see, worker 1 sees another" in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}',
        '{"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"worker": 2}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, '
        '"task": {"type": "worker", "index": 0}}',
    ],
    ids=["none", "cut", "list", "index", "type", "port", "number", "chief"],
)
def test_malformed_cluster_is_refused(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ConfigError, match=r"multi_worker: expected TF_CONFIG such as \{"):
        distribution.make_distribution("multi_worker")


def test_unknown_distribution_is_refused():
    with pytest.raises(ConfigError, match="mirrored, multi_worker, received 'ring'"):
        distribution.make_distribution("ring")


@pytest.mark.parametrize(
    ("flags", "backend", "message"),
    [
        (["--distribution=mirrored", "--xla"], "tensorflow", "expected no XLA with a distribution"),
        (["--distribution=mirrored"], "jax", "--distribution=mirrored needs KERAS_BACKEND="),
        (["--distribution=multi_worker"], "tensorflow", "expected TF_CONFIG such as"),
        (["--sync_batch_norm"], "tensorflow", "synchronized_batch_norm with a distribution only"),
    ],
    ids=["xla", "jax", "cluster", "alone"],
)
def test_what_no_run_can_have_is_refused_before_data_are_read(
    monkeypatch, capsys, tmp_path, flags, backend, message
):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.delenv("TF_CONFIG", raising=False)
    # There are no data in the folder: reading them would be another error.
    where = ["--dataset=cifar10", f"--data_dir={tmp_path}", f"--output_dir={tmp_path / 'run'}"]
    assert main(["train", "--model=resnet20", *where, *flags]) == 2
    assert message in capsys.readouterr().err
