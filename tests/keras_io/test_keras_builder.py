"""Every primitive as a Keras layer, and initialisation."""

import random

import keras
import numpy as np
import pytest

from nasbench_templates.graph import cost, imported, layers, mixing, widths
from nasbench_templates.graph.layer_graph import GraphBuilder, LayerGraph
from nasbench_templates.keras_io import keras_builder
from nasbench_templates.networks import architecture, blocks
from nasbench_templates.support.errors import SpecError


def test_every_primitive_has_a_lowering():
    # A part is only taken from the tuple of an operation's results.
    lowered = {*layers.PRIMITIVES, *imported.PRIMITIVES} - {imported.Part}
    assert set(keras_builder.LOWERINGS) == lowered


def _windowed(rng: random.Random, primitive: type) -> layers.Layer:
    padding = rng.choice(["same", "valid"])
    return primitive(rng.randint(1, 3), rng.randint(1, 3), padding)


_DRAWS = {
    layers.Input: lambda rng: None,
    layers.Conv: lambda rng: layers.Conv(
        widths.slot(0),
        rng.randint(1, 4),
        rng.randint(1, 3),
        rng.choice(["same", "valid"]),
        rng.random() < 0.5,
        rng.choice(list(keras_builder.INITIALIZERS)),
    ),
    layers.DepthwiseConv: lambda rng: layers.DepthwiseConv(
        rng.randint(1, 3), rng.choice([1, 2]), rng.choice(["same", "valid"])
    ),
    layers.Dense: lambda rng: layers.Dense(widths.slot(0)),
    layers.BatchNorm: lambda rng: layers.BatchNorm(unbiased=rng.random() < 0.5),
    layers.Relu: lambda rng: layers.Relu(rng.choice([None, 6.0])),
    layers.Sigmoid: lambda rng: layers.Sigmoid(),
    layers.MaxPool: lambda rng: _windowed(rng, layers.MaxPool),
    layers.AveragePool: lambda rng: _windowed(rng, layers.AveragePool),
    layers.GlobalAveragePool: lambda rng: layers.GlobalAveragePool(),
    layers.Flatten: lambda rng: layers.Flatten(),
    layers.ZeroPad: lambda rng: layers.ZeroPad(rng.randint(9, 13), rng.randint(9, 13)),
    layers.Add: lambda rng: layers.Add(),
    layers.Scale: lambda rng: layers.Scale(),
    layers.Concat: lambda rng: layers.Concat(),
    layers.ChannelSlice: lambda rng: layers.ChannelSlice(rng.randint(1, 3)),
    mixing.Downsample: lambda rng: mixing.Downsample(),
    mixing.Subsample: lambda rng: mixing.Subsample(),
    mixing.Upsample: lambda rng: mixing.Upsample(rng.choice([2, 4]), 9, 13),
    mixing.Average: lambda rng: mixing.Average(),
    mixing.Mix: lambda rng: mixing.Mix(),
}


def _graph_around(layer: layers.Layer | None, rng: random.Random) -> LayerGraph:
    builder = GraphBuilder(("width",))
    # What is upsampled stays small.
    sides = (2, 2) if isinstance(layer, mixing.Upsample) else (rng.randint(4, 9), rng.randint(4, 9))
    node = builder.add("image", layers.Input(*sides, 3))
    if isinstance(layer, layers.Dense):
        node = builder.add("flat", layers.Flatten(), node)
    if isinstance(layer, mixing.Upsample):
        sides = (-(-layer.height // layer.factor), -(-layer.width // layer.factor))
        small = builder.add("small", layers.ZeroPad(*sides), node)
        builder.add("tested", layer, small)
    elif isinstance(layer, layers.Add | layers.Concat | mixing.Average | mixing.Mix):
        inputs = [node] * rng.randint(1, 3)
        if isinstance(layer, layers.Concat):
            inputs.append(builder.add("before", layers.Conv(widths.slot(0), 1), node))
        builder.add("tested", layer, *inputs)
    elif isinstance(layer, layers.Scale):
        factors = builder.add("average", layers.GlobalAveragePool(), node)
        builder.add("tested", layer, node, factors)
    elif layer is not None:
        builder.add("tested", layer, node)
    return builder.build()


def _values(weights) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.parametrize("primitive", layers.PRIMITIVES, ids=lambda each: each.__name__)
def test_shapes_and_counts_are_those_of_the_rules(primitive):
    rng = random.Random(primitive.__name__)
    for _ in range(8):
        graph = _graph_around(_DRAWS[primitive](rng), rng)
        filters = (rng.randint(1, 9),)
        model = keras_builder.build_keras(graph, filters)
        assert {layer.name for layer in model.layers} == {node.name for node in graph.nodes}
        shapes = graph.evaluated_shapes(filters)
        counts = dict(cost.layer_costs(graph, filters))
        for node, shape in zip(graph.nodes, shapes, strict=True):
            layer = model.get_layer(node.name)
            spatial = () if shape.height is None else (shape.height, shape.width)
            assert tuple(layer.output.shape[1:]) == (*spatial, shape.channels)
            assert _values(layer.weights) == counts[node.name].params
            assert _values(layer.trainable_weights) == counts[node.name].trainable_params


def test_subsampling_keeps_the_first_value_of_each_window_also_at_odd_sizes():
    builder = GraphBuilder(())
    image = builder.add("image", layers.Input(3, 4, 1))
    builder.add("half", mixing.Subsample(), image)
    values = np.arange(12, dtype="float32").reshape(1, 3, 4, 1)
    half = np.asarray(keras_builder.build_keras(builder.build(), ())(values))
    assert half[0, :, :, 0].tolist() == [[0, 2], [8, 10]]


def _block_used_twice() -> LayerGraph:
    """A 3x3 block on 4x4 maps, and once more on their half, both averaged into vectors."""
    builder = GraphBuilder(())
    image = builder.add("image", layers.Input(4, 4, 2))
    first = len(builder)
    block = blocks.conv_bn_relu(builder, "block", image, 2, 3)
    half = builder.add("half", mixing.Downsample(), image)
    again = builder.repeat(range(first, block + 1), half, lambda name: f"{name}_again")
    ends = [
        builder.add(f"end{index}", layers.GlobalAveragePool(), node)
        for index, node in enumerate((block, again))
    ]
    builder.add("sum", layers.Add(), *ends)
    return builder.build()


def test_repeated_block_is_the_same_keras_layers_called_again():
    graph = _block_used_twice()
    outputs = keras_builder.node_outputs(graph, ())
    model = keras.Model(outputs[0], outputs)
    assert "block_conv_again" not in {layer.name for layer in model.layers}
    # 9 * 2 * 2 weights once, and 4 * 2 values of one batch norm.
    assert model.count_params() == 44
    keras_builder.initialize(model, graph, 0)
    image = np.random.default_rng(0).normal(size=(1, 4, 4, 2)).astype("float32")
    found = dict(zip((node.name for node in graph.nodes), model(image), strict=True))
    half = np.array(found["half"])
    np.testing.assert_allclose(half[0, 0, 0], image[0, :2, :2].mean((0, 1)), rtol=1e-5)
    direct = model.get_layer("block_conv")(half)
    np.testing.assert_allclose(found["block_conv_again"], direct, rtol=1e-6)


def _run_layer(layer: layers.Layer, image: np.ndarray) -> np.ndarray:
    builder = GraphBuilder(())
    node = builder.add("image", layers.Input(*image.shape))
    builder.add("tested", layer, node)
    model = keras_builder.build_keras(builder.build(), ())
    return keras.ops.convert_to_numpy(model(image[None], training=False))[0]


def test_odd_padding_puts_the_extra_row_at_the_end():
    padded = _run_layer(layers.ZeroPad(5, 4), np.ones((2, 2, 1), "float32"))[..., 0]
    assert padded.sum(axis=1).tolist() == [0, 2, 2, 0, 0]
    assert padded.sum(axis=0).tolist() == [0, 2, 2, 0]


def test_average_pool_leaves_padding_out():
    pooled = _run_layer(layers.AveragePool(3, 1), np.ones((4, 4, 1), "float32"))
    np.testing.assert_allclose(pooled, 1)


def test_sigmoid_is_the_logistic_function():
    found = _run_layer(layers.Sigmoid(), np.asarray([[[0, 2, -200]]], "float32"))
    np.testing.assert_allclose(found[0, 0], [0.5, 1 / (1 + np.exp(-2)), 0], rtol=1e-6)


def test_scale_multiplies_every_channel_by_its_own_factor():
    builder = GraphBuilder(())
    # Three rows and channels: a vector along the wrong axis would have the same shape.
    image = builder.add("image", layers.Input(3, 3, 3))
    builder.add(
        "tested", layers.Scale(), image, builder.add("a", layers.GlobalAveragePool(), image)
    )
    model = keras_builder.build_keras(builder.build(), ())
    values = np.arange(27, dtype="float32").reshape(1, 3, 3, 3)
    found = keras.ops.convert_to_numpy(model(values, training=False))
    # channel c holds c, c + 3, ..., c + 24, whose mean is c + 12
    np.testing.assert_allclose(found[0], values[0] * [12, 13, 14], rtol=1e-6)


def test_padding_never_wins_the_maximum():
    pooled = _run_layer(layers.MaxPool(3, 1), np.full((4, 4, 1), -2, "float32"))
    np.testing.assert_array_equal(pooled, -2)


def test_widths_that_do_not_fit_are_refused():
    with pytest.raises(SpecError, match='slot "stack1": expected filters >= 1, received 0'):
        keras_builder.build_keras(_small().graph, (4, 0, 4))


def _small(**options: object) -> architecture.Architecture:
    options = {"stem_filters": 8, "num_modules_per_stack": 1, **options}
    return architecture.build("nasbench101", (8, 8, 1), 10, options)


def test_momentum_override_reaches_every_batch_norm():
    network = _small()
    for override, expected in ((None, 0.997), (0.5, 0.5)):
        model = keras_builder.build_keras(
            network.graph, network.base_filters, batch_norm_momentum=override
        )
        momenta = {layer.momentum for layer in model.layers if hasattr(layer, "momentum")}
        assert momenta == {expected}


def test_logits_are_float32_under_mixed_precision():
    network = _small()
    model = keras_builder.build_keras(network.graph, network.base_filters, dtype="mixed_bfloat16")
    assert model.get_layer("stem_conv").compute_dtype == "bfloat16"
    logits = model(np.zeros((1, 8, 8, 1)))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"


def test_float64_stays_float64():
    network = _small()
    model = keras_builder.build_keras(network.graph, network.base_filters, dtype="float64")
    logits = model(np.zeros((1, 8, 8, 1)), training=True)
    assert keras.backend.standardize_dtype(logits.dtype) == "float64"


def test_initial_weights_follow_the_seed_alone():
    network = _small()
    first = keras_builder.build_keras(network.graph, network.base_filters)
    second = keras_builder.build_keras(network.graph, network.base_filters)
    keras_builder.initialize(first, network.graph, 5)
    keras.utils.set_random_seed(99)
    for weight in second.weights:
        weight.assign(np.full(weight.shape, 7.0))
    state = random.getstate(), np.random.get_state()[2]  # noqa: NPY002 - the global state is the point
    keras_builder.initialize(second, network.graph, 6)
    different = np.array(second.get_layer("stem_conv").kernel)
    keras_builder.initialize(second, network.graph, 5)
    assert state == (random.getstate(), np.random.get_state()[2])  # noqa: NPY002 - as above
    assert not np.allclose(different, np.array(first.get_layer("stem_conv").kernel))
    for mine, other in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(np.array(mine), np.array(other))


def test_kernels_of_one_shape_differ():
    network = _small(num_modules_per_stack=2)
    model = keras_builder.build_keras(network.graph, network.base_filters)
    keras_builder.initialize(model, network.graph, 0)
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    rows = {np.array(kernel).tobytes() for kernel in kernels}
    assert len(rows) == len(kernels)


@pytest.mark.parametrize(("key", "scale"), [("he_normal", 2.0), ("lecun_truncated", 1.0)])
def test_variance_is_scaled_by_the_fan_in(key, scale):
    values = np.array(keras_builder.INITIALIZERS[key](1)((3, 3, 64, 64)))
    deviation = (scale / (9 * 64)) ** 0.5
    # 36,864 samples: the sample deviation is within 2 % with a wide margin.
    assert values.std() == pytest.approx(deviation, rel=0.02)
    assert np.abs(values).max() <= 2 * deviation / 0.8796 * 1.0001
