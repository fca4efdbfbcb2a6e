"""Keras models in every job: which one is meant, what identifies its runs, how it is trained."""

import dataclasses
import json
import pathlib

import keras
import numpy as np
import pytest
from keras import layers as kl

import nasbench_templates as nt
from nasbench_templates.cli import command
from nasbench_templates.design import design_json, planning
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.graph import graph_json, imported
from nasbench_templates.keras_io import design_model, keras_builder, model_sources
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.support.errors import ConfigError, SpecError
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.trainer import Trainer

CONFIG = TrainConfig(epochs=1, batch_size=600, optimizer="sgd", learning_rate=0.1)


def small(input_shape=(8, 8, 1), classes=10, *, first=None, last="softmax", rate=0.3, factor=None):
    """A network of three slots; `module:function` finds it too."""
    source = keras.Input(input_shape)
    x = source if first is None else first(source)
    x = kl.Conv2D(
        6, 3, padding="same", kernel_regularizer=factor and keras.regularizers.L2(factor)
    )(x)
    x = kl.MaxPooling2D()(kl.ReLU()(kl.BatchNormalization()(x)))
    x = kl.MaxPooling2D()(kl.Conv2D(10, 3, padding="same", activation="relu")(x))
    x = kl.GlobalAveragePooling2D()(kl.Conv2D(12, 3, padding="same", activation="relu")(x))
    return keras.Model(source, kl.Dense(classes, last)(kl.Dropout(rate)(x)))


@pytest.fixture
def path(tmp_path):
    small().save(tmp_path / "small.keras")
    return tmp_path / "small.keras"


def spec_of(source, template="c"):
    (design,) = planning.plan(NetworkSettings(str(source), (8, 8, 1), 10), [template])
    return RunSpec(design, DataRequest("digits"), CONFIG)


def test_settings_take_a_files_own_input_or_refuse_another(path):
    own = NetworkSettings(str(path), options={"slots": "layer"})
    assert (own.model, own.input_shape, own.num_classes) == ("keras", (8, 8, 1), 10)
    assert (own.title, own.name) == ("small", "small slots=layer")
    assert NetworkSettings.from_json(json.loads(json.dumps(own.to_json()))) == own
    for shape, classes, message in (
        ((28, 28, 1), 10, r"expected images of shape \(8, 8, 1\), .* asked for \(28, 28, 1\)"),
        ((8, 8, 1), 7, "expected 10 classes, .* asked for 7"),
    ):
        with pytest.raises(SpecError, match=message):
            NetworkSettings(str(path), shape, classes).build()
    with pytest.raises(ConfigError, match="keras has no option depth"):
        NetworkSettings(str(path), options={"depth": 3})


def test_constructors_are_built_for_what_is_asked():
    fitted = NetworkSettings("applications:MobileNetV2", (32, 32, 3), 7).build()
    assert (fitted.name, fitted.input_shape, fitted.num_classes) == ("MobileNetV2", (32, 32, 3), 7)
    own = NetworkSettings(f"{__name__}:small", num_classes=4).build()
    assert (own.name, own.input_shape, own.num_classes) == ("small", (8, 8, 1), 4)


def test_constructors_name_layers_alike_whatever_was_built_before():
    kl.Conv2D(1, 1), kl.Dropout(0.1)
    loaded = [model_sources.load(f"{__name__}:small") for _ in range(2)]
    names = [[layer.name for layer in model.layers] for model in loaded]
    assert names[0] == names[1]
    assert "conv2d" in names[0]
    first, second = (kl.Conv2D(1, 1).name for _ in range(2))
    assert int(second.rpartition("_")[2]) == int(first.rpartition("_")[2]) + 1


def test_a_design_and_a_run_need_the_file_no_more(path, tmp_path):
    spec = spec_of(path)
    content = json.loads(json.dumps(spec.to_json()))
    identity = spec.identity("0")
    moved = path.rename(tmp_path / "other.keras")
    assert RunSpec.from_json(content) == spec
    assert design_json.from_json(design_json.to_json(spec.design)) == spec.design
    again = spec_of(moved)
    assert again.identity("0") == identity
    assert str(tmp_path) not in json.dumps(identity)
    assert spec_of(moved, "base").identity("0")["source_sha256"] == identity["source_sha256"]
    small(rate=0.5).save(moved)
    assert spec_of(moved).identity("0")["source_sha256"] != identity["source_sha256"]


def test_a_divisor_holds_for_widths_that_only_follow(path):
    # Inside a stage widths keep their ratio: 6 / 8 of the slot's.
    source = keras.Input((8, 8, 1))
    x = kl.Conv2D(6, 3, padding="same")(source)
    x = kl.MaxPooling2D()(kl.Conv2D(8, 3, padding="same")(x))
    x = kl.GlobalAveragePooling2D()(kl.Conv2D(16, 3, padding="same")(x))
    keras.Model(source, kl.Dense(10)(x)).save(path)
    for network in (NetworkSettings(str(path)), keras.saving.load_model(path)):
        (design,) = nt.match(network, ["b"], match_on="macs", divisor=4)
        built = nt.build(design)
        widths = [layer.filters for layer in built.layers if isinstance(layer, kl.Conv2D)]
        assert all(width % 4 == 0 for width in widths)


@pytest.mark.parametrize(
    "last",
    [
        "softmax",
        "sigmoid",
        None,
        kl.Softmax(name="end"),
        keras.ops.softmax,
        kl.Activation("softmax", dtype="float32"),
    ],
)
def test_what_is_built_returns_logits(last):
    model = small(last=last if last is None or isinstance(last, str) else None)
    if not (last is None or isinstance(last, str)):
        model = keras.Model(model.input, last(model.output))
    built = nt.build(nt.match(model, ["base"])[0])
    built.set_weights(model.get_weights())
    images = np.random.default_rng(0).random((3, 8, 8, 1), "float32")
    logits = keras.ops.convert_to_numpy(built(images))
    expected = keras.ops.convert_to_numpy(model(images))
    function = {"sigmoid": keras.ops.sigmoid, None: lambda x: x}.get(
        last if isinstance(last, str | None) else "", keras.ops.softmax
    )
    assert np.allclose(keras.ops.convert_to_numpy(function(logits)), expected, atol=1e-6)
    assert last is None or abs(logits - expected).max() > 1e-3


def _adapted():
    layer = kl.Normalization()
    layer.adapt(np.arange(10.0).reshape(10, 1))
    return layer


@pytest.mark.parametrize(
    ("first", "takes_pixels"),
    [
        (kl.Rescaling(1 / 255), True),
        (_adapted(), True),
        (keras.Sequential([keras.Input((8, 8, 1)), kl.RandomFlip(), kl.Rescaling(0.1)]), True),
        (lambda x: x / 16.0 - 1.0, True),
        (kl.BatchNormalization(), False),
        (None, False),
    ],
)
def test_images_are_scaled_once(first, takes_pixels):
    (design,) = nt.match(small(first=first), ["b"])
    assert imported.takes_pixels(design.architecture.graph) is takes_pixels
    if isinstance(first, kl.Normalization):
        built = nt.build(design, seed=3)
        found = next(each for each in built.layers if isinstance(each, kl.Normalization))
        assert np.allclose(found(np.full((1, 8, 8, 1), 4.5)), 0.0, atol=1e-6)


def trainer(model, **changes):
    config = dataclasses.replace(CONFIG, **changes)
    (design,) = nt.match(model, ["base"])
    digits = nt.load_dataset("digits")
    return Trainer(design.architecture.graph, design.filters, digits, config)


def test_regularisers_count_and_draws_start_anew():
    losses = {}
    for factor in (None, 0.5):
        # Without dropout and with hardly any learning the two losses differ by the penalty alone.
        trained = trainer(small(first=kl.Rescaling(1 / 16), rate=0, factor=factor),
                          learning_rate=1e-9)  # fmt: skip
        losses[factor] = trained.run(0).history[0].loss
        network = trained.model.layers[-1]
    kernels = [each for each in network.trainable_weights if each.name == "kernel"]
    squares = float(np.sum(np.square(keras.ops.convert_to_numpy(kernels[0]))))
    assert losses[0.5] - losses[None] == pytest.approx(0.5 * squares, rel=1e-4)
    dropped = trainer(small())
    first, _, again = (dropped.run(seed).history[0].loss for seed in (1, 2, 1))
    assert first == again
    assert trainer(small()).run(1).history[0].loss == first


def test_a_stopped_run_goes_on_with_the_same_draws(tmp_path):
    source = keras.Input((8, 8, 1), batch_size=3)  # also one for batches of another size
    model = keras.Model(source, small()(source))
    stopping = trainer(model, epochs=2, batch_size=400)
    whole = stopping.run(4).history
    reasons = iter([None, None, "stop"])
    stopped = stopping.run(4, checkpoint=tmp_path, stop_reason=lambda: next(reasons))
    assert stopped.stopped == "stop"
    resumed = trainer(model, epochs=2, batch_size=400).run(4, checkpoint=tmp_path).history
    assert [each.loss for each in resumed] == [each.loss for each in whole]


def test_only_one_image_and_one_vector_are_trained():
    source = keras.Input((8, 8, 1))
    with pytest.raises(ConfigError, match="one vector of classes"):
        trainer(keras.Model(source, kl.Conv2D(10, 3)(kl.Conv2D(4, 3)(source))))


def test_the_jobs_train_a_file_and_resume(capsys, path, tmp_path):
    run = tmp_path / "run"
    arguments = ["--dataset=digits", "--template=c", "--epochs=1", "--batch_size=600",
                 f"--output_dir={run}", "--format=json"]  # fmt: skip
    assert command.run(["train", f"--model={path}", *arguments]) == 0
    first = json.loads(capsys.readouterr().out)
    moved = path.rename(tmp_path / "elsewhere.keras")
    assert command.run(["train", f"--model={moved}", *arguments]) == 0
    assert json.loads(capsys.readouterr().out) == first
    moved.unlink()
    # The folder alone says what the network is.
    content = json.loads((run / "architecture.json").read_text())
    graph, filters = graph_json.from_json(content["graph"]), content["filters"]
    rebuilt = keras_builder.build_keras(graph, filters)
    trained = keras.saving.load_model(run / "model.keras", compile=False)
    kept = trained.get_layer(rebuilt.name)
    rebuilt.set_weights(kept.get_weights())
    images = np.random.default_rng(0).random((2, 8, 8, 1), "float32")
    assert np.allclose(rebuilt(images), kept(images), atol=1e-5)
    assert command.run(["predict", f"--run={run}", "--dataset=digits", "--format=csv"]) == 0
    assert command.run(["report", f"--results={run}", "--format=markdown"]) == 0
    assert "small" in capsys.readouterr().out


@pytest.mark.slow
def test_two_workers_evaluate_a_file(capsys, path, tmp_path):
    arguments = ["evaluate", f"--model={path}", "--templates=base,b,c", "--dataset=digits",
                 "--epochs=2", "--workers=2", "--deterministic", "--format=json"]  # fmt: skip
    rows = []
    for folder, extra in (("two", []), ("one", ["--workers=1"])):
        assert command.run([*arguments, *extra, f"--output_dir={tmp_path / folder}"]) == 0
        rows.append(json.loads(capsys.readouterr().out))
    scores = [[row["test_accuracy"]["values"] for row in each] for each in rows]
    assert scores[0] == scores[1]
    folders = sorted(each.name for each in pathlib.Path(tmp_path / "two" / "runs").iterdir())
    assert [name.partition("-seed")[0] for name in folders] == [
        "small-digits-b", "small-digits-base", "small-digits-c",
    ]  # fmt: skip


def test_matching_settings_reach_the_model(path):
    settings = MatchSettings("macs", "closest", input_shape=(8, 8, 1))
    base, design = planning.plan(NetworkSettings(str(path)), ["base", "c"], settings)
    assert abs(design.gap) < 0.02
    assert base.cost.macs == nt.cost(path).macs
    assert design_model.build_model(design).count_params() == design.cost.params
