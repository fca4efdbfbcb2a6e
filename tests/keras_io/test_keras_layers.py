"""The custom layers, and loading of what contains them."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from nasbench_templates.graph import layers
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.keras_io import keras_builder, keras_layers


def _normalize_once(layer: keras.layers.Layer, shape: tuple[int, ...]) -> np.ndarray:
    values = np.arange(8, dtype="float32").reshape(shape)
    return keras.ops.convert_to_numpy(layer(values, training=True)).ravel()


# Rank 4 takes the fused kernel on TensorFlow, rank 2 the path of the other backends.
@pytest.mark.parametrize("shape", [(2, 2, 2, 1), (8, 1)])
def test_moving_variance_takes_the_unbiased_batch_variance(shape):
    layer = keras_layers.UnbiasedBatchNormalization(momentum=0.997, epsilon=1e-5)
    outputs = _normalize_once(layer, shape)
    # Values 0..7: mean 3.5, variance 5.25, unbiased 6.
    assert float(layer.moving_variance[0]) == pytest.approx(0.997 + 0.003 * 6, rel=1e-6)
    assert float(layer.moving_mean[0]) == pytest.approx(0.003 * 3.5, rel=1e-5)
    expected = (np.arange(8) - 3.5) / np.sqrt(5.25 + 1e-5)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5)


def test_biased_layer_of_keras_gives_another_number():
    layer = keras.layers.BatchNormalization(momentum=0.997, epsilon=1e-5)
    _normalize_once(layer, (2, 2, 2, 1))
    assert float(layer.moving_variance[0]) == pytest.approx(1.01275, rel=1e-5)


def test_single_value_has_no_variance():
    layer = keras_layers.UnbiasedBatchNormalization(momentum=0.5)
    layer(np.full((1, 3), 2.0, "float32"), training=True)
    np.testing.assert_allclose(np.array(layer.moving_variance), 0.5)


def test_both_paths_agree_in_outputs_and_statistics():
    values = np.random.default_rng(0).normal(2, 3, (4, 5, 6, 7)).astype("float32")
    fused, plain = (
        keras_layers.UnbiasedBatchNormalization(),
        (keras_layers.UnbiasedBatchNormalization()),
    )
    # Five axes never fuse.
    left = fused(values, training=True)
    right = plain(values[:, None], training=True)[:, 0]
    np.testing.assert_allclose(np.array(left), np.array(right), atol=1e-5)
    for mine, other in zip(fused.weights, plain.weights, strict=True):
        np.testing.assert_allclose(np.array(mine), np.array(other), rtol=1e-5, atol=1e-7)


def _gradients(layer: keras.layers.Layer, values: np.ndarray) -> list[np.ndarray]:
    tf = pytest.importorskip("tensorflow")
    values = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(values)
        loss = tf.reduce_sum(tf.sin(layer(values, training=True)))
    return [each.numpy() for each in tape.gradient(loss, [values, *layer.trainable_weights])]


@pytest.mark.parametrize("shape", [(4, 5, 6, 7), (1, 1, 1, 3), (6, 3)])
def test_biased_layer_gives_the_numbers_of_keras(shape):
    values = np.random.default_rng(0).normal(2, 3, shape).astype("float32")
    ours, plain = keras_layers.BatchNormalization(), keras.layers.BatchNormalization()
    for _ in range(2):
        for mine, other in zip(_gradients(ours, values), _gradients(plain, values), strict=True):
            # Sums of 120 values in another order.
            np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-4)
    left, right = (np.array(layer(values, training=True)) for layer in (ours, plain))
    np.testing.assert_allclose(left, right, atol=1e-5)
    for mine, other in zip(ours.weights, plain.weights, strict=True):
        assert mine.name == other.name
        np.testing.assert_allclose(np.array(mine), np.array(other), rtol=1e-5, atol=1e-7)


def test_training_on_maps_takes_the_fused_kernel():
    tf = pytest.importorskip("tensorflow")
    for layer in (keras_layers.BatchNormalization(), keras_layers.UnbiasedBatchNormalization()):
        layer.build((None, 4, 4, 3))
        step = tf.function(lambda maps, layer=layer: layer(maps, training=True))
        graph = step.get_concrete_function(tf.TensorSpec((None, 4, 4, 3))).graph
        assert "FusedBatchNormV3" in {operation.type for operation in graph.get_operations()}


def test_network_of_standard_layers_loads_without_this_package(tmp_path):
    model = keras.Sequential([keras.Input((4, 4, 2)), keras_layers.BatchNormalization(name="bn")])
    model.get_layer("bn").moving_mean.assign([1.0, 2.0])
    model.save(tmp_path / "model.keras")
    script = (
        "import sys, keras\n"
        "bn = keras.models.load_model('model.keras').get_layer('bn')\n"
        "assert type(bn) is keras.layers.BatchNormalization\n"
        "assert keras.ops.convert_to_numpy(bn.moving_mean).tolist() == [1, 2]\n"
        "assert 'nasbench_templates' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)


def test_inference_and_frozen_layers_leave_statistics():
    layer = keras_layers.UnbiasedBatchNormalization()
    values = np.random.default_rng(0).normal(2, 3, (4, 5, 6, 7)).astype("float32")
    layer(values, training=False)
    layer.trainable = False
    layer(values, training=True)
    np.testing.assert_array_equal(np.array(layer.moving_mean), 0)
    np.testing.assert_array_equal(np.array(layer.moving_variance), 1)


def test_half_precision_input_keeps_float32_statistics():
    layer = keras_layers.UnbiasedBatchNormalization(dtype="mixed_float16")
    outputs = layer(np.ones((2, 2, 2, 1), "float16"), training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "float16"
    assert layer.moving_variance.dtype == "float32"


def test_channel_slice_keeps_the_first_channels():
    values = np.arange(12.0, dtype="float32").reshape(1, 2, 2, 3)
    sliced = keras_layers.ChannelSlice(2)(values)
    np.testing.assert_array_equal(np.array(sliced), values[..., :2])
    np.testing.assert_array_equal(np.array(keras_layers.ChannelSlice(3)(values)), values)


@pytest.mark.parametrize("channels", [0, 4])
def test_channel_slice_checks_its_width(channels):
    with pytest.raises(ValueError, match=rf"expected channels in 1..3, received {channels}"):
        keras_layers.ChannelSlice(channels)(np.zeros((1, 2, 2, 3)))


@pytest.mark.parametrize(
    "layer", [keras_layers.ChannelSlice(2), keras_layers.UnbiasedBatchNormalization(momentum=0.5)]
)
def test_config_rebuilds_the_layer(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_saved_network_with_layers_of_ours_loads(tmp_path):
    builder = GraphBuilder(())
    node = builder.add("image", layers.Input(4, 4, 2))
    node = builder.add("conv", layers.Conv(4, 3), node)
    node = builder.add("bn", layers.BatchNorm(unbiased=True), node)
    node = builder.add("slice", layers.ChannelSlice(3), node)
    builder.add("pool", layers.GlobalAveragePool(), node)
    graph = builder.build()
    model = keras_builder.build_keras(graph, ())
    keras_builder.initialize(model, graph, 3)
    images = np.random.default_rng(0).normal(size=(2, 4, 4, 2)).astype("float32")
    model.save(tmp_path / "model.keras")
    # tests/test_round_trip.py loads in a process that knows nothing but Keras and our layers.
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(images, training=False), model(images, training=False))


def test_upsampling_repeats_and_cuts():
    small = np.asarray([[1, 2], [3, 4]], "float32")[None, :, :, None]
    found = keras.ops.convert_to_numpy(keras_layers.Upsample(2, 3, 4)(small))[0, ..., 0]
    assert found.tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4]]


def test_mix_weighs_by_the_softmax_of_its_logits():
    layer = keras_layers.Mix()
    maps = [np.full((1, 2, 2, 1), value, "float32") for value in (1, 10, 100)]
    np.testing.assert_allclose(np.array(layer(maps)), 37, rtol=1e-6)
    layer.logits.assign(np.log([1, 2, 5]))
    np.testing.assert_allclose(np.array(layer(maps)), (1 + 20 + 500) / 8, rtol=1e-6)
