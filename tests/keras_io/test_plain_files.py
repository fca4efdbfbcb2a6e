"""Saved networks in a process without this package: they load in plain Keras, and predict alike."""

import functools
import json
import pathlib
import subprocess
import sys
from fractions import Fraction

import keras
import numpy as np
import pytest

import nasbench_templates as nt
from nasbench_templates.cli import command
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.keras_io import exporting, keras_builder, keras_layers
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import ConfigError

# Narrow, so that building takes a second; what a layer is called does not depend on its width.
NARROW = MatchSettings(budget=Budget(Fraction(1, 20)), n_min=3, width_multiplier=Fraction(1, 16))
# An uneven split of the last module's channels leaves a surplus, which edges cut off.
CELL = Cell.parse(
    [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]],
    ["input", "conv3x3-bn-relu", "maxpool3x3", "output"],
)
CELL_OPTIONS = {"cell": CELL, "stem_filters": 6, "num_stacks": 2, "num_modules_per_stack": 1}
# Its upsampling and learned mixtures are layers that Keras does not have.
OF_OURS = {"multires"}
PLAIN = """
import sys, json
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "nasbench_templates":
            raise ImportError("this package is not here")
sys.meta_path.insert(0, Refused())
import keras, numpy as np
for path in sys.argv[1:]:
    model = keras.models.load_model(path)
    np.save(path + ".npy", model.predict(np.load(path + ".images.npy"), verbose=0))
    print(json.dumps(model.name))
"""


def in_plain_keras(images: np.ndarray, *paths: pathlib.Path) -> tuple[list[str], list[np.ndarray]]:
    """Returns the names of saved networks and their logits, from a process that has only Keras."""
    for path in paths:
        np.save(f"{path}.images.npy", images)
    arguments = [sys.executable, "-c", PLAIN, *map(str, paths)]
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False, cwd=paths[0].parent
    )
    assert done.returncode == 0, done.stderr[-2000:]
    names = [json.loads(line) for line in done.stdout.splitlines()]
    return names, [np.load(f"{path}.npy") for path in paths]


def moved(model: keras.Model) -> keras.Model:
    """Returns a network whose values, statistics too, are not those of a new one."""
    draw = np.random.default_rng(0)
    for weight in model.weights:
        factor, offset = draw.uniform(0.9, 1.1, weight.shape), 0.1 * (len(weight.shape) == 1)
        weight.assign(np.asarray(weight) * factor + offset)
    return model


def small_network(name: str) -> keras.Model:
    options = CELL_OPTIONS if name == "nasbench101" else {}
    settings = NARROW if name != "nasbench101" else MatchSettings()
    (design,) = plan(NetworkSettings(name, options=options), ["b"], settings)
    return moved(nt.build(design))


@pytest.mark.parametrize("name", ["mobilenet_v2", "nasbench101"])
def test_a_saved_network_names_classes_of_keras_alone(name):
    text = small_network(name).to_json()
    assert "nasbench_templates" not in text.replace("nasbench_templates.md", "")


@functools.cache
def surplus_cell() -> keras.Model:
    """Returns a network whose cell cuts a channel off an edge."""
    (design,) = plan(NetworkSettings("nasbench101", options=CELL_OPTIONS), ["base"])
    graph = design.architecture.graph
    filters = tuple(width + 1 - width % 2 for width in design.filters)
    return moved(keras_builder.build_keras(graph, filters))


# Quick: a network of standard layers in test_keras_layers.py, and what exports write below.
@pytest.mark.slow
def test_cells_that_cut_channels_load_in_plain_keras(tmp_path):
    model = surplus_cell()
    cut = [each for each in model.layers if isinstance(each, keras.layers.Cropping2D)]
    assert cut
    assert all(each.output.shape[-1] == each.input.shape[-1] - 1 for each in cut)
    images = np.random.default_rng(0).normal(size=(4, 32, 32, 3)).astype("float32")
    model.save(tmp_path / "cell.keras")
    _, (logits,) = in_plain_keras(images, tmp_path / "cell.keras")
    np.testing.assert_allclose(logits, model.predict(images, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_cut_keeps_the_first_channels_and_is_read_back():
    model = surplus_cell()
    cut = next(each for each in model.layers if isinstance(each, keras.layers.Cropping2D))
    values = np.random.default_rng(0).normal(size=(2, *cut.input.shape[1:])).astype("float32")
    kept = cut.output.shape[-1]
    np.testing.assert_array_equal(np.asarray(cut(values)), values[..., :kept])
    counted = nt.cost(model)
    assert not counted.uncounted
    assert counted.params == model.count_params()
    (same,) = nt.match(nt.from_keras(model), "base")
    assert same.cost.macs == counted.macs


def test_networks_saved_before_still_load(tmp_path):
    """The class of batch norm that older files name, and the place of its values in them."""
    inputs = keras.Input((2, 2, 4))
    norm = keras_layers.UnbiasedBatchNormalization(momentum=0.9, name="norm")
    outputs = keras_layers.ChannelSlice(3, name="slice")(norm(inputs))
    model = moved(keras.Model(inputs, outputs))
    content = json.loads(model.to_json())
    saved = {each["name"]: each["registered_name"] for each in content["config"]["layers"]}
    assert saved["norm"] == "nasbench_templates>UnbiasedBatchNormalization"
    path = tmp_path / "model.keras"
    model.save(path)
    import zipfile

    import h5py

    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as file:
        assert "unbiased_batch_normalization" in h5py.File(file)["layers"]
    images = np.random.default_rng(0).normal(size=(2, 2, 2, 4)).astype("float32")
    loaded = keras.models.load_model(path)
    assert type(loaded.layers[1]) is keras_layers.UnbiasedBatchNormalization
    np.testing.assert_array_equal(
        loaded.predict(images, verbose=0), model.predict(images, verbose=0)
    )


@pytest.mark.slow
def test_every_network_of_the_suite_loads_and_predicts_in_plain_keras(tmp_path):
    images = np.random.default_rng(0).normal(size=(4, 32, 32, 3)).astype("float32")
    expected, paths, names = [], [], []
    for name in architectures:
        if name in OF_OURS:
            continue
        network = small_network(name)
        expected.append(network.predict(images, verbose=0))
        assert np.ptp(expected[-1]) > 0, name
        names.append(network.name)
        paths.append(tmp_path / f"{name}.keras")
        network.save(paths[-1])
    found, logits = in_plain_keras(images, *paths)
    assert found == names
    for name, plain, ours in zip(names, logits, expected, strict=True):
        np.testing.assert_allclose(plain, ours, rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_network_is_written_in_every_form_and_replaced_without_a_word(tmp_path, capfd):
    import tensorflow as tf

    forms = exporting.check_forms(["keras", "savedmodel", "tflite", "keras"], "tensorflow")
    (design,) = plan(NetworkSettings("nasbench101", (8, 8, 1), 10, CELL_OPTIONS), "c")
    network = nt.build(design)
    capfd.readouterr()
    written = exporting.export(network, tmp_path, forms)
    assert exporting.export(network, tmp_path, ["keras"]) == written[:1]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert capfd.readouterr().out == ""
    saved, folder, flat = written
    images = np.random.default_rng(0).uniform(0, 1, (2, 8, 8, 1)).astype("float32")
    expected = network.predict(images, verbose=0)
    np.testing.assert_allclose(
        keras.models.load_model(saved).predict(images, verbose=0), expected, rtol=1e-5, atol=1e-6
    )
    served = tf.saved_model.load(str(folder))
    np.testing.assert_allclose(served.serve(images), expected, rtol=1e-4, atol=1e-5)
    assert flat.read_bytes()[4:8] == b"TFL3"
    with pytest.raises(ConfigError, match="KERAS_BACKEND=tensorflow to export tflite"):
        exporting.check_forms(["tflite"], "jax")


@pytest.mark.slow
@pytest.mark.parametrize("model", ["mobilenet_v2", "nasbench101"])
def test_a_trained_network_is_exported_in_every_form(tmp_path, model):
    import tensorflow as tf

    run = tmp_path / "run"
    flags = {
        "mobilenet_v2": ("--model=mobilenet_v2", "--budget=0.05x", "--n_min=4"),
        "nasbench101": ("--cell=best", "--stem_filters=6", "--num_modules_per_stack=1"),
    }
    status = command.run(
        ["train", *flags[model], "--template=c", "--dataset=digits", "--smoke",
         f"--output_dir={run}", "--export=keras,savedmodel,tflite"]
    )  # fmt: skip
    assert status == 0
    exports = run / "exports"
    assert sorted(path.name for path in exports.iterdir()) == [
        *(f"{model}_c.keras", f"{model}_c.tflite", f"{model}_c_savedmodel"),
    ]
    images = np.random.default_rng(0).uniform(0, 16, (4, 8, 8, 1)).astype("float32")
    names, (logits, kept) = in_plain_keras(
        images, exports / f"{model}_c.keras", run / "model.keras"
    )
    assert names == [f"{model}_c"] * 2
    np.testing.assert_array_equal(logits, kept)
    served = tf.saved_model.load(str(exports / f"{model}_c_savedmodel"))
    np.testing.assert_allclose(served.serve(images), logits, rtol=1e-4, atol=1e-5)
    interpreter = tf.lite.Interpreter(str(exports / f"{model}_c.tflite"))
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(source["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], images)
    interpreter.invoke()
    found = interpreter.get_tensor(result["index"])
    np.testing.assert_allclose(found, logits, rtol=1e-3, atol=1e-4)


def test_unknown_forms_are_refused_before_training(tmp_path, capsys):
    status = command.run(["train", "--model=resnet20", "--dataset=digits", "--export=onnx",
                          f"--output_dir={tmp_path}/run"])  # fmt: skip
    assert status == 2
    expected = "expected exports among keras, savedmodel, tflite, received 'onnx'"
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
