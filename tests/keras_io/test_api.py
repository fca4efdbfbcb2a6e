"""What people call for Keras models: sources, refusals, rules of their own, the whole chain."""

import json
import pickle
import zipfile

import keras
import numpy as np
import pytest

import nasbench_templates as nt
from nasbench_templates.graph import graph_json
from nasbench_templates.keras_io import api, keras_builder
from nasbench_templates.keras_io.importing import rule_book
from nasbench_templates.support.errors import BudgetError, ConfigError, DataError, SpecError
from tests.helpers.keras_models import MODELS


def test_a_hand_worked_count():
    layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Dense(2)]
    counted = nt.cost(keras.Sequential(layers, name="tiny"))
    # 3x3x3x4 at 6x6 positions, then 4x2 at each of them.
    assert [row.macs for row in counted.layers] == [108 * 36, 8 * 36]
    assert counted.to_json() == {
        "model": "tiny",
        "input_shape": [8, 8, 3],
        "macs": 4176,
        "flops": 8352,
        "params": 108 + 4 + 8 + 2,
        "trainable_params": 122,
        "activations": 36 * 6,
        "uncounted": [],
        "layers": [row.to_json() for row in counted.layers],
    }
    assert counted.layers[0].to_json() | {"name": ""} == {
        "name": "", "class": "Conv2D", "output_shape": [6, 6, 4], "macs": 3888, "params": 112,
        "trainable_params": 112, "activations": 144, "calls": 1, "flops": 7776,
    }  # fmt: skip
    assert "total" in str(counted)


def test_transposed_convolutions_multiply_at_input_positions():
    source = keras.Input((5, 5, 3))
    network = keras.Model(source, keras.layers.Conv2DTranspose(4, 3, strides=2)(source))
    assert nt.cost(network).macs == 108 * 25


def test_frozen_layers_have_no_trainable_values():
    network = MODELS["plain"]()
    network.get_layer("stem").trainable = False
    counted = nt.cost(network)
    (row,) = [row for row in counted.layers if row.name == "stem"]
    assert (row.params, row.trainable_params) == (448, 0)
    expected = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    assert counted.trainable_params == expected


def test_open_sizes_are_asked_for_and_stay_open():
    source = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, strides=2)(keras.layers.Conv2D(16, 3)(source))
    network = keras.Model(source, keras.layers.GlobalAveragePooling2D()(x))
    with pytest.raises(SpecError, match="input_shape="):
        nt.cost(network)
    with pytest.raises(SpecError, match="that fits"):
        nt.cost(network, input_shape=(9, 9, 4))
    assert nt.cost(network, input_shape=(9, 9, 3)).macs == 432 * 49 + 1152 * 9
    changed = nt.retemplate(network, "b", slots="layer", input_shape=(9, 9, 3))
    assert changed.input_shape == (None, None, None, 3)
    unbuilt = keras.Sequential([keras.layers.Conv2D(4, 3)])
    with pytest.raises(ConfigError, match="input_shape="):
        nt.cost(unbuilt)
    assert nt.cost(unbuilt, input_shape=(6, 6, 1)).macs == 36 * 16
    assert not unbuilt.built


class Plain(keras.Model):
    def call(self, inputs):
        return inputs


def test_models_without_a_graph_and_channels_first_are_refused():
    with pytest.raises(SpecError, match="subclassed"):
        nt.cost(Plain())
    source = keras.Input((3, 8, 8))
    pooled = keras.layers.GlobalAveragePooling2D(data_format="channels_first")(source)
    with pytest.raises(SpecError, match="channels_last"):
        nt.cost(keras.Model(source, pooled))
    with pytest.raises(ConfigError, match="received int"):
        nt.cost(3)
    with pytest.raises(ConfigError, match="has no 'ResNet51'"):
        nt.cost("applications:ResNet51")
    with pytest.raises(ConfigError, match="received 'vgg19'"):
        nt.cost("vgg19")
    with pytest.raises(ConfigError, match=r"no_such_module:build"):
        nt.cost("no_such_module:build")


def test_files_load_and_damaged_or_executing_ones_are_refused(tmp_path, capsys):
    network = MODELS["plain"]()
    path = tmp_path / "network.keras"
    network.save(path)
    assert nt.cost(path).macs == nt.cost(network).macs
    (tmp_path / "short.keras").write_bytes(path.read_bytes()[:2000])
    (tmp_path / "text.keras").write_text("no archive")
    with zipfile.ZipFile(tmp_path / "deep.keras", "w") as archive:
        archive.writestr("config.json", "[" * 100_000 + "]" * 100_000)
    for name in ("short", "text", "deep"):
        with pytest.raises(DataError, match="damaged or of another kind"):
            nt.cost(tmp_path / f"{name}.keras")
    with pytest.raises(ConfigError, match="there is none"):
        nt.cost(tmp_path / "missing.keras")
    source = keras.Input((4,))
    executing = keras.Model(source, keras.layers.Lambda(lambda x: print("executed") or x)(source))
    executing.save(tmp_path / "lambda.keras")
    capsys.readouterr()
    with pytest.raises(DataError, match="holds a Lambda") as raised:
        nt.retemplate(tmp_path / "lambda.keras", "b")
    assert "\n" not in str(raised.value)
    assert "executed" not in capsys.readouterr().out


class Doubling(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


class Gain(keras.layers.Layer):
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), name="gain")

    def call(self, inputs):
        return inputs * self.gain

    def compute_output_shape(self, shape):
        return shape


def with_layer(layer):
    source = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(8, 3, name="before")(source)
    x = keras.layers.Conv2D(16, 3, strides=2)(layer(x))
    x = keras.layers.Conv2D(24, 1)(x)
    return keras.Model(source, keras.layers.GlobalAveragePooling2D()(x))


def test_layers_without_a_rule_are_named_and_pin_their_channels(caplog):
    network = with_layer(Doubling(name="twice"))
    assert nt.cost(network).uncounted == ("twice",)
    (row,) = [row for row in nt.slots(network) if row.name == "before"]
    assert row.is_fixed
    assert "no rule for Doubling (twice)" in row.reason
    changed = nt.retemplate(network, "b", slots="layer", keep=["before"])
    assert changed.get_layer("before").filters == 8
    assert isinstance(changed.get_layer("twice"), Doubling)


def test_users_register_rules_of_their_own(monkeypatch):
    monkeypatch.setattr(rule_book, "_by_class", {})

    @nt.rule(Gain)
    def gain(site):
        site.weight(site.channels)
        site.returns(*site.axes)

    network = with_layer(Gain(name="gain"))
    counted = nt.cost(network)
    assert counted.uncounted == ()
    assert counted.params == network.count_params()
    assert not nt.slots(network)[0].is_fixed
    changed = nt.retemplate(network, "c", slots="layer")
    assert changed.get_layer("gain").gain.shape == (changed.get_layer("before").filters,)
    with pytest.raises(ValueError, match="registered twice"):
        nt.rule(Gain)(gain)


def test_rules_that_contradict_the_layer_do_not_count(monkeypatch):
    monkeypatch.setattr(rule_book, "_by_class", {})

    @nt.rule(Gain)
    def wrong(site):
        site.returns(*site.axes)

    assert nt.cost(with_layer(Gain(name="gain"))).uncounted == ("gain",)


def test_what_is_kept_or_tied_must_exist():
    network = MODELS["residual"]()
    with pytest.raises(ConfigError, match="no layer with a width matches 'nothing'"):
        nt.retemplate(network, "b", keep=["nothing"])
    with pytest.raises(ConfigError, match="expected layers with a width"):
        nt.from_keras(network, ties={"nothing": ("stem", 2)})
    with pytest.raises(ConfigError, match="expected slots to be one of stage, layer"):
        nt.retemplate(network, "b", slots="module")
    with pytest.raises(ConfigError, match="expected init to be one of new, slice"):
        nt.retemplate(network, "b", init="old")
    with pytest.raises(BudgetError, match="n_min"):
        nt.retemplate(network, "c", budget="0.001x")
    with pytest.raises(SpecError, match="no width may change"):
        nt.retemplate(network, "c", keep=["*"])


def test_ties_make_widths_multiples():
    source = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(8, 1, name="narrow")(source)
    x = keras.layers.Conv2D(32, 1, name="wide")(x)
    network = keras.Model(source, keras.layers.Conv2D(5, 1, strides=2)(x))
    changed = nt.retemplate(
        network, "b", budget="2x", slots="layer", ties={"wide": ("narrow", 4)}, rule="nearest"
    )
    assert changed.get_layer("wide").filters == 4 * changed.get_layer("narrow").filters > 32


def test_one_stage_falls_back_to_layers_and_says_so():
    layers = [keras.Input((6, 6, 3)), *(keras.layers.Conv2D(width, 1) for width in (8, 16, 4, 2))]
    with pytest.warns(UserWarning, match="one stage"):
        changed = nt.retemplate(keras.Sequential(layers), "b")
    assert [layer.filters for layer in changed.layers[:3]] != [8, 16, 4]


def test_adapted_statistics_are_kept():
    data = np.random.default_rng(0).normal(3, 2, (64, 8, 8, 3))
    normalization = keras.layers.Normalization()
    normalization.adapt(data)
    network = keras.Sequential(
        [keras.Input((8, 8, 3)), normalization, *with_layer(keras.layers.ReLU()).layers[1:]]
    )
    changed = nt.retemplate(network, "c", slots="layer")
    np.testing.assert_array_equal(changed.layers[0](data), normalization(data))


class Untold(keras.layers.Layer):
    """As people write them: its configuration tells neither its name nor that it has one."""

    def __init__(self, filters=16, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, shape):
        self.kernel = self.add_weight(shape=(3, 3, shape[-1], self.filters), name="kernel")

    def call(self, inputs):
        return keras.ops.conv(inputs, self.kernel, padding="same")


def chain(*layers):
    first = [keras.layers.Conv2D(8, 3), keras.layers.Conv2D(16, 3, padding="same")]
    last = [
        keras.layers.MaxPooling2D(), keras.layers.Conv2D(24, 3, padding="same"),
        keras.layers.Conv2D(32, 1), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3),
    ]  # fmt: skip
    return keras.Sequential([keras.Input((8, 8, 3)), *first, *layers, *last])


@pytest.mark.parametrize("init", ["new", "slice"])
def test_a_layer_that_tells_no_name_keeps_it(init):
    model = chain(Untold(16))
    built = nt.retemplate(model, "c", init=init)
    assert [layer.name for layer in built.layers] == [layer.name for layer in model.layers]
    assert built.count_params() == nt.cost(built).params


def test_a_function_without_a_name_is_counted_and_not_built():
    model = chain(keras.layers.Lambda(lambda x: 2 * x, name="twice"))
    assert nt.cost(model).macs == nt.cost(chain()).macs
    with pytest.raises(SpecError, match="twice: a Lambda of an unnamed function can be counted"):
        nt.retemplate(model, "c")


def test_a_layer_may_have_the_name_of_another_ones_second_call():
    source = keras.Input((8, 8, 3))
    shared = keras.layers.Conv2D(3, 3, padding="same", name="a")
    x = keras.layers.Conv2D(4, 3, name="a#2")(shared(shared(source)))
    assert nt.cost(keras.Model(source, x)).macs == 2 * 81 * 64 + 108 * 36


def test_a_model_with_several_inputs_is_found_by_its_function(tmp_path, monkeypatch):
    (tmp_path / "two_inputs_here.py").write_text("""
import keras
from keras import layers as kl

def two():
    image, vector = keras.Input((16, 16, 3)), keras.Input((8,))
    x = kl.GlobalAveragePooling2D()(kl.Conv2D(16, 3)(kl.MaxPooling2D()(kl.Conv2D(8, 3)(image))))
    return keras.Model([image, vector], kl.Dense(3)(kl.Concatenate()([x, vector])))
""")
    monkeypatch.syspath_prepend(tmp_path)
    settings = {"match_on": "macs", "rule": "closest"}
    (design,) = nt.match("two_inputs_here:two", "c", **settings)
    assert design.cost.params == nt.build(design).count_params()


def test_a_keras_model_is_no_name():
    with pytest.raises(ConfigError, match=r"received Sequential; a Keras model is passed as it is"):
        nt.network(chain())


def test_leading_filters_are_copied():
    network = MODELS["residual"]()
    for template in ("b", "d"):
        changed = nt.retemplate(network, template, init="slice")
        for old, new in zip(network.layers, changed.layers, strict=True):
            if isinstance(old, keras.layers.Conv2D):
                count = min(old.filters, new.filters)
                first = min(old.kernel.shape[2], new.kernel.shape[2])
                np.testing.assert_array_equal(
                    old.kernel[:, :, :first, :count], new.kernel[:, :, :first, :count]
                )


def test_an_imported_model_is_an_architecture_like_any_other(tmp_path):
    source = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(source)
    x = keras.layers.Conv2D(16, 3, strides=2, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.BatchNormalization()(x))
    network = keras.Model(source, keras.layers.Dense(10, activation="softmax")(x), name="mine")
    imported = nt.from_keras(network)
    assert pickle.loads(pickle.dumps(imported)) == imported
    stored = json.loads(json.dumps(graph_json.to_json(imported.graph)))
    assert graph_json.from_json(stored) == imported.graph
    base, falling = nt.match(imported, ["base", "c"], match_on="macs", rule="closest")
    assert base.cost.macs == nt.cost(network).macs
    model = nt.build(falling, seed=1)
    assert model.count_params() == falling.cost.params
    assert model.layers[-1].activation is keras.activations.linear
    for first, second in zip(model.weights, nt.build(falling, seed=1).weights, strict=True):
        np.testing.assert_array_equal(first, second)
    result = nt.train(falling, "digits", epochs=1, output_dir=tmp_path / "run")
    assert result["test_accuracy"] > 0.05


def test_precision_and_momentum_can_be_replaced():
    imported = nt.from_keras(MODELS["plain"]())
    model = keras_builder.build_keras(
        imported.graph, imported.base_filters, dtype="mixed_float16", batch_norm_momentum=0.5
    )
    assert model.get_layer("stem").compute_dtype == "float16"
    assert model.layers[-1].compute_dtype == "float32"
    (norm,) = [each for each in model.layers if isinstance(each, keras.layers.BatchNormalization)]
    assert norm.momentum == 0.5


def test_published_widths_come_out():
    vgg = keras.applications.VGG19(weights=None)
    settings = api.ImportSettings("layer", ["fc*"])
    peaks = []
    for template in "abcde":
        matching = api.MatchSettings("macs")
        peaks.append(api.plan_retemplate(vgg, template, matching, settings).design.peak)
    assert peaks == [586, 153, 165, 390, 175]


@pytest.mark.parametrize(
    ("moves_stride", "expected"),
    [(False, [350, 122, 134, 249, 143]), (True, [355, 123, 134, 252, 144])],
)
def test_the_papers_residual_widths_come_out(moves_stride, expected):
    network = keras.applications.ResNet50(weights=None)
    assert nt.cost(network).macs == 3_857_973_248
    if moves_stride:
        network = with_stride_in_the_3x3(network)
        # Ours: 4,089,184,256; both have the classifier of 1,000.
        assert nt.cost(network).macs == 4_089_184_256
    ties = {f"conv{s}_block1_3_conv": (f"conv{s}_block1_1_conv", 4) for s in range(2, 6)}
    settings = api.ImportSettings("layer", ["stem"], ties)
    peaks = [
        api.plan_retemplate(network, each, api.MatchSettings("macs"), settings).design.peak
        for each in "abcde"
    ]
    assert peaks == expected


def with_stride_in_the_3x3(network):
    config = network.get_config()
    for layer in config["layers"]:
        stage, _, rest = layer["name"].partition("_")
        if stage in ("conv3", "conv4", "conv5") and rest == "block1_1_conv":
            layer["config"]["strides"] = (1, 1)
        if stage in ("conv3", "conv4", "conv5") and rest == "block1_2_conv":
            layer["config"]["strides"] = (2, 2)
    return keras.Model.from_config(config)
