"""A layer graph at one assignment of its slots, as a functional Keras model.

One small function per primitive; no architecture is known here. The model takes images that are
already normalised and returns logits.

    from nasbench_templates.networks import architecture
    from nasbench_templates.keras_io import keras_builder

    vgg = architecture.build("vgg19", (32, 32, 3), 10)
    model = keras_builder.build_keras(vgg.graph, vgg.base_filters)
    keras_builder.initialize(model, vgg.graph, seed=0)
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from nasbench_templates.graph import imported, layers, mixing
from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.keras_io import imported_layers, keras_layers
from nasbench_templates.keras_io.placement import Lowering, Placement

_DEPTHWISE = "he_normal_depthwise"
# Kernel initialisers by the name that a primitive states; called with an integer seed.
INITIALIZERS: dict[str, Callable[[int], keras.initializers.Initializer]] = {
    "he_normal": lambda seed: keras.initializers.HeNormal(seed=seed),
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    # Keras takes all channels of a depthwise kernel for its fan-in; only its window is.
    _DEPTHWISE: lambda seed: keras_layers.HeNormalDepthwise(seed=seed),
    "lecun_truncated": lambda seed: keras.initializers.VarianceScaling(
        1.0, "fan_in", "truncated_normal", seed=seed
    ),
}

# First value of every other variable, by the name that Keras gives it.
_CONSTANTS = {
    "bias": 0.0,
    "beta": 0.0,
    "gamma": 1.0,
    "moving_mean": 0.0,
    "moving_variance": 1.0,
    "logits": 0.0,
}


def _input(layer: layers.Input, place: Placement) -> keras.layers.Layer:
    shape = (layer.height, layer.width, layer.channels)
    return keras.layers.InputLayer(shape, name=place.name)


def _conv(layer: layers.Conv, place: Placement) -> keras.layers.Layer:
    return place.make(
        keras.layers.Conv2D,
        filters=place.shape.channels,
        kernel_size=layer.kernel,
        strides=layer.stride,
        padding=layer.padding,
        use_bias=layer.use_bias,
        kernel_initializer=_placeholder(layer),
    )


def _depthwise_conv(layer: layers.DepthwiseConv, place: Placement) -> keras.layers.Layer:
    return place.make(
        keras.layers.DepthwiseConv2D,
        kernel_size=layer.kernel,
        strides=layer.stride,
        padding=layer.padding,
        use_bias=False,
        depthwise_initializer=_placeholder(layer),
    )


def _dense(layer: layers.Dense, place: Placement) -> keras.layers.Layer:
    units = place.shape.channels
    return place.make(keras.layers.Dense, units=units, kernel_initializer=_placeholder(layer))


def _placeholder(
    layer: layers.Conv | layers.DepthwiseConv | layers.Dense,
) -> keras.initializers.Initializer:
    # Without a seed Keras would draw one from Python's global generator.
    if layer.initializer == _DEPTHWISE and not isinstance(layer, layers.Dense):
        return keras_layers.he_normal_depthwise(layer.kernel**2, 0)
    return INITIALIZERS[layer.initializer](0)


def _batch_norm(layer: layers.BatchNorm, place: Placement) -> keras.layers.Layer:
    biased = keras_layers.BatchNormalization
    unbiased = keras_layers.PlainUnbiasedBatchNormalization
    override = place.batch_norm_momentum
    return place.make(
        unbiased if layer.unbiased else biased,
        momentum=layer.momentum if override is None else override,
        epsilon=layer.epsilon,
        synchronized=place.synchronized_batch_norm,
    )


def _relu(layer: layers.Relu, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.ReLU, max_value=layer.ceiling)


def _sigmoid(layer: layers.Sigmoid, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.Activation, activation="sigmoid")


def _max_pool(layer: layers.MaxPool, place: Placement) -> keras.layers.Layer:
    return _pool(keras.layers.MaxPooling2D, layer, place)


def _average_pool(layer: layers.AveragePool, place: Placement) -> keras.layers.Layer:
    return _pool(keras.layers.AveragePooling2D, layer, place)


def _pool(
    layer_class: type[keras.layers.Layer], layer: layers.MaxPool, place: Placement
) -> keras.layers.Layer:
    return place.make(
        layer_class, pool_size=layer.window, strides=layer.stride, padding=layer.padding
    )


def _global_average_pool(layer: layers.GlobalAveragePool, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.GlobalAveragePooling2D)


def _flatten(layer: layers.Flatten, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.Flatten)


def _zero_pad(layer: layers.ZeroPad, place: Placement) -> keras.layers.Layer:
    height, width = place.inputs[0].shape[1:3]
    # An odd difference puts the extra row or column at the end.
    padding = tuple(
        (added // 2, added - added // 2) for added in (layer.height - height, layer.width - width)
    )
    return place.make(keras.layers.ZeroPadding2D, padding=padding)


def _add(layer: layers.Add, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.Add)


def _average(layer: mixing.Average, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.Average)


def _mix(layer: mixing.Mix, place: Placement) -> keras.layers.Layer:
    return place.make(keras_layers.Mix)


def _downsample(layer: mixing.Downsample, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.AveragePooling2D, pool_size=2, strides=2, padding="same")


def _subsample(layer: mixing.Subsample, place: Placement) -> keras.layers.Layer:
    # The maximum of one value is the value.
    return place.make(keras.layers.MaxPooling2D, pool_size=1, strides=2, padding="same")


def _upsample(layer: mixing.Upsample, place: Placement) -> keras.layers.Layer:
    return place.make(
        keras_layers.Upsample, factor=layer.factor, height=layer.height, width=layer.width
    )


def _scale(layer: layers.Scale, place: Placement) -> keras.layers.Layer:
    # Keras inserts height and width of 1 into the vector.
    return place.make(keras.layers.Multiply)


def _concat(layer: layers.Concat, place: Placement) -> keras.layers.Layer:
    return place.make(keras.layers.Concatenate)


def _channel_slice(layer: layers.ChannelSlice, place: Placement) -> keras.layers.Layer:
    # Layers of Keras, so that the saved network loads without this package.
    surplus = place.inputs[0].shape[-1] - place.shape.channels
    if not surplus:
        # Keras writes its arguments as they are given, which a policy cannot be.
        return keras.layers.Identity(name=place.name, dtype=place.dtype.name)
    # Read as channels first, width and channels are what it takes for height and width.
    cropping = ((0, 0), (0, surplus))
    return place.make(keras.layers.Cropping2D, cropping=cropping, data_format="channels_first")


LOWERINGS: dict[type, Lowering] = {
    layers.Input: _input,
    layers.Conv: _conv,
    layers.DepthwiseConv: _depthwise_conv,
    layers.Dense: _dense,
    layers.BatchNorm: _batch_norm,
    layers.Relu: _relu,
    layers.Sigmoid: _sigmoid,
    layers.MaxPool: _max_pool,
    layers.AveragePool: _average_pool,
    layers.GlobalAveragePool: _global_average_pool,
    layers.Flatten: _flatten,
    layers.ZeroPad: _zero_pad,
    layers.Add: _add,
    layers.Scale: _scale,
    layers.Concat: _concat,
    layers.ChannelSlice: _channel_slice,
    mixing.Downsample: _downsample,
    mixing.Subsample: _subsample,
    mixing.Upsample: _upsample,
    mixing.Average: _average,
    mixing.Mix: _mix,
    **imported_layers.LOWERINGS,
}
# These take their inputs as a list, also a single one.
_MERGING = (layers.Add, layers.Scale, layers.Concat, mixing.Average, mixing.Mix)


def build_keras(
    graph: LayerGraph,
    filters: Sequence[int],
    *,
    batch_norm_momentum: float | None = None,
    synchronized_batch_norm: bool = False,
    dtype: str | keras.DTypePolicy | None = None,
    name: str = "network",
) -> keras.Model:
    """Returns a graph as a Keras model from normalised images to logits.

    Every layer is called like its node; one that shares another node's weights is that node's
    layer, called once more. Weights are placeholders until `initialize` sets them.

    Args:
        graph: the network.
        filters: one width for every slot.
        batch_norm_momentum: replaces the graph's momentum, 0..1, in every batch norm; short runs
            need a smaller one than the 0.997 of NAS-Bench-101. `None` keeps the graph's.
        synchronized_batch_norm: whether batch norms take their statistics over all replicas of a
            `tf.distribute` strategy (TensorFlow only).
        dtype: Keras dtype policy, for example `"mixed_float16"`; `None` takes the global one.
            The last layer computes in float32 when the policy's precision is lower.
        name: name of the model; an imported one keeps its own, as it keeps its inputs, outputs
            and, unless `dtype` is given, its layers' precision.

    Returns:
        A model from `(batch, height, width, channels)` to `(batch, classes)`.

    Raises:
        SpecError: the widths do not fit the graph.
    """
    outputs = node_outputs(
        graph,
        filters,
        batch_norm_momentum=batch_norm_momentum,
        synchronized_batch_norm=synchronized_batch_norm,
        dtype=dtype,
    )
    if isinstance(outputs[-1], keras.Model):
        return outputs[-1]
    return keras.Model(outputs[0], outputs[-1], name=name)


def node_outputs(
    graph: LayerGraph,
    filters: Sequence[int],
    *,
    batch_norm_momentum: float | None = None,
    synchronized_batch_norm: bool = False,
    dtype: str | keras.DTypePolicy | None = None,
) -> list[keras.KerasTensor]:
    """Returns the symbolic output of every node, for models of parts of a network.

    An operation with several results has a tuple of them; the last node of an imported network has
    the whole model.

    Args:
        graph: the network.
        filters: one width for every slot.
        batch_norm_momentum: as of `build_keras`.
        synchronized_batch_norm: likewise.
        dtype: likewise.

    Raises:
        SpecError: the widths do not fit the graph.
    """
    shapes = graph.evaluated_shapes(filters)
    policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
    is_low = policy.compute_dtype in ("float16", "bfloat16")
    last_policy = keras.dtype_policies.get("float32") if is_low else policy
    last = len(shapes) - 1
    if imported.is_imported(graph):
        last = graph.nodes[-1].inputs[0]
    keras_layers_of: dict[int, keras.layers.Layer] = {}
    outputs: list[keras.KerasTensor] = []
    for place, (node, shape) in enumerate(zip(graph.nodes, shapes, strict=True)):
        placement = Placement(
            name=node.name,
            inputs=tuple(outputs[source] for source in node.inputs),
            shape=shape,
            dtype=last_policy if place == last else policy,
            batch_norm_momentum=batch_norm_momentum,
            synchronized_batch_norm=synchronized_batch_norm,
            filters=tuple(filters),
            replaces_dtype=dtype is not None,
        )
        if isinstance(node.layer, imported.Part):
            outputs.append(placement.inputs[0][node.layer.index])
            continue
        if node.weights_of is None:
            keras_layers_of[place] = LOWERINGS[type(node.layer)](node.layer, placement)
        owner = place if node.weights_of is None else node.weights_of
        outputs.append(_called(keras_layers_of[owner], node.layer, placement.inputs))
    return outputs


def _called(
    keras_layer: keras.layers.Layer, layer: layers.Layer, inputs: tuple[keras.KerasTensor, ...]
) -> keras.KerasTensor:
    if isinstance(layer, imported.PRIMITIVES):
        called = imported_layers.called
        return called(keras_layer, layer, inputs)  # type: ignore[arg-type]  # these are
    if not inputs:
        return keras_layer.output
    return keras_layer(list(inputs) if isinstance(layer, _MERGING) else inputs[0])


def initialize(model: keras.Model, graph: LayerGraph, seed: int) -> None:
    """Sets every weight of a model to its first value, so that the model can be trained once more.

    Kernels are drawn by their initialisers, each with a seed of its own derived from `seed`; batch
    norms start as the identity, biases at 0. No global random state is read or changed.

    Args:
        model: what `build_keras` returned for `graph`.
        graph: the network.
        seed: at least 0; the same seed gives the same weights.
    """
    if imported.is_imported(graph):
        imported_layers.initialize(model, seed)
        return
    keys = {
        node.name: node.layer.initializer
        for node in graph.nodes
        if hasattr(node.layer, "initializer") and node.weights_of is None
    }
    words = np.random.SeedSequence(seed).generate_state(len(keys)).tolist()
    seeds = dict(zip(keys, words, strict=True))
    for layer in model.layers:
        for weight in layer.weights:
            if weight.name == "kernel":
                draw = INITIALIZERS[keys[layer.name]](seeds[layer.name])
                weight.assign(draw(weight.shape, dtype=weight.dtype))
            else:
                weight.assign(np.full(weight.shape, _CONSTANTS[weight.name]))
