"""A layer graph at one assignment of its slots, as a functional Keras model.

One small function per primitive; no architecture is known here. The model takes images that are
already normalised and returns logits.

    from nasbench_templates.arch import architecture
    from nasbench_templates.models import keras_builder

    vgg = architecture.build("vgg19", (32, 32, 3), 10)
    model = keras_builder.build_keras(vgg.graph, vgg.base_filters)
    keras_builder.initialize(model, vgg.graph, seed=0)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from nasbench_templates.arch import layers
from nasbench_templates.arch.graph import LayerGraph
from nasbench_templates.arch.shapes import Shape
from nasbench_templates.models import keras_layers

# Kernel initialisers by the name that a primitive states; called with an integer seed.
INITIALIZERS: dict[str, Callable[[int], keras.initializers.Initializer]] = {
    "he_normal": lambda seed: keras.initializers.HeNormal(seed=seed),
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    # Keras takes all channels of a depthwise kernel for its fan-in; only its window is.
    "he_normal_depthwise": lambda seed: keras_layers.HeNormalDepthwise(seed=seed),
    "lecun_truncated": lambda seed: keras.initializers.VarianceScaling(
        1.0, "fan_in", "truncated_normal", seed=seed
    ),
}

# First value of every other variable, by the name that Keras gives it.
_CONSTANTS = {"bias": 0.0, "beta": 0.0, "gamma": 1.0, "moving_mean": 0.0, "moving_variance": 1.0}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a primitive is applied.

    Attributes:
        name: of the Keras layer.
        inputs: what it reads, each of shape `(batch, height, width, channels)` or `(batch, units)`.
        shape: its output, with numbers as channels.
        dtype: Keras dtype policy of the layer.
        batch_norm_momentum: replaces the primitive's own unless `None`.
        synchronized_batch_norm: whether statistics are taken over all replicas.
    """

    name: str
    inputs: tuple[keras.KerasTensor, ...]
    shape: Shape
    dtype: keras.DTypePolicy
    batch_norm_momentum: float | None
    synchronized_batch_norm: bool

    def apply(
        self, layer_class: type[keras.layers.Layer], **arguments: object
    ) -> keras.KerasTensor:
        """Returns the output of a new layer on the only input."""
        return layer_class(**arguments, name=self.name, dtype=self.dtype)(self.inputs[0])

    def merge(self, layer_class: type[keras.layers.Layer]) -> keras.KerasTensor:
        """Returns the output of a new layer on all inputs."""
        return layer_class(name=self.name, dtype=self.dtype)(list(self.inputs))


Lowering = Callable[[layers.Layer, Placement], keras.KerasTensor]


def _input(layer: layers.Input, place: Placement) -> keras.KerasTensor:
    return keras.Input((layer.height, layer.width, layer.channels), name=place.name)


def _conv(layer: layers.Conv, place: Placement) -> keras.KerasTensor:
    return place.apply(
        keras.layers.Conv2D,
        filters=place.shape.channels,
        kernel_size=layer.kernel,
        strides=layer.stride,
        padding=layer.padding,
        use_bias=layer.use_bias,
        kernel_initializer=_placeholder(layer),
    )


def _depthwise_conv(layer: layers.DepthwiseConv, place: Placement) -> keras.KerasTensor:
    return place.apply(
        keras.layers.DepthwiseConv2D,
        kernel_size=layer.kernel,
        strides=layer.stride,
        padding=layer.padding,
        use_bias=False,
        depthwise_initializer=_placeholder(layer),
    )


def _dense(layer: layers.Dense, place: Placement) -> keras.KerasTensor:
    units = place.shape.channels
    return place.apply(keras.layers.Dense, units=units, kernel_initializer=_placeholder(layer))


def _placeholder(
    layer: layers.Conv | layers.DepthwiseConv | layers.Dense,
) -> keras.initializers.Initializer:
    # Without a seed Keras would draw one from Python's global generator.
    return INITIALIZERS[layer.initializer](0)


def _batch_norm(layer: layers.BatchNorm, place: Placement) -> keras.KerasTensor:
    unbiased = keras_layers.UnbiasedBatchNormalization
    override = place.batch_norm_momentum
    return place.apply(
        unbiased if layer.unbiased else keras.layers.BatchNormalization,
        momentum=layer.momentum if override is None else override,
        epsilon=layer.epsilon,
        synchronized=place.synchronized_batch_norm,
    )


def _relu(layer: layers.Relu, place: Placement) -> keras.KerasTensor:
    return place.apply(keras.layers.ReLU, max_value=layer.ceiling)


def _sigmoid(layer: layers.Sigmoid, place: Placement) -> keras.KerasTensor:
    return place.apply(keras.layers.Activation, activation="sigmoid")


def _max_pool(layer: layers.MaxPool, place: Placement) -> keras.KerasTensor:
    return _pool(keras.layers.MaxPooling2D, layer, place)


def _average_pool(layer: layers.AveragePool, place: Placement) -> keras.KerasTensor:
    return _pool(keras.layers.AveragePooling2D, layer, place)


def _pool(
    layer_class: type[keras.layers.Layer], layer: layers.MaxPool, place: Placement
) -> keras.KerasTensor:
    return place.apply(
        layer_class, pool_size=layer.window, strides=layer.stride, padding=layer.padding
    )


def _global_average_pool(layer: layers.GlobalAveragePool, place: Placement) -> keras.KerasTensor:
    return place.apply(keras.layers.GlobalAveragePooling2D)


def _flatten(layer: layers.Flatten, place: Placement) -> keras.KerasTensor:
    return place.apply(keras.layers.Flatten)


def _zero_pad(layer: layers.ZeroPad, place: Placement) -> keras.KerasTensor:
    height, width = place.inputs[0].shape[1:3]
    # An odd difference puts the extra row or column at the end.
    padding = tuple(
        (added // 2, added - added // 2) for added in (layer.height - height, layer.width - width)
    )
    return place.apply(keras.layers.ZeroPadding2D, padding=padding)


def _add(layer: layers.Add, place: Placement) -> keras.KerasTensor:
    return place.merge(keras.layers.Add)


def _scale(layer: layers.Scale, place: Placement) -> keras.KerasTensor:
    # Keras inserts height and width of 1 into the vector.
    return place.merge(keras.layers.Multiply)


def _concat(layer: layers.Concat, place: Placement) -> keras.KerasTensor:
    return place.merge(keras.layers.Concatenate)


def _channel_slice(layer: layers.ChannelSlice, place: Placement) -> keras.KerasTensor:
    return place.apply(keras_layers.ChannelSlice, channels=place.shape.channels)


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
}


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

    Every layer is called like its node. Weights are placeholders until `initialize` sets them.

    Args:
        graph: the network.
        filters: one width for every slot.
        batch_norm_momentum: replaces the graph's momentum, 0..1, in every batch norm; short runs
            need a smaller one than the 0.997 of NAS-Bench-101. `None` keeps the graph's.
        synchronized_batch_norm: whether batch norms take their statistics over all replicas of a
            `tf.distribute` strategy (TensorFlow only).
        dtype: Keras dtype policy, for example `"mixed_float16"`; `None` takes the global one.
            The last layer computes in float32 when the policy's precision is lower.
        name: name of the model.

    Returns:
        A model from `(batch, height, width, channels)` to `(batch, classes)`.

    Raises:
        SpecError: the widths do not fit the graph.
    """
    shapes = graph.evaluated_shapes(filters)
    policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
    is_low = policy.compute_dtype in ("float16", "bfloat16")
    last_policy = keras.dtype_policies.get("float32") if is_low else policy
    outputs: list[keras.KerasTensor] = []
    for place, (node, shape) in enumerate(zip(graph.nodes, shapes, strict=True)):
        placement = Placement(
            name=node.name,
            inputs=tuple(outputs[source] for source in node.inputs),
            shape=shape,
            dtype=last_policy if place == len(shapes) - 1 else policy,
            batch_norm_momentum=batch_norm_momentum,
            synchronized_batch_norm=synchronized_batch_norm,
        )
        outputs.append(LOWERINGS[type(node.layer)](node.layer, placement))
    return keras.Model(outputs[0], outputs[-1], name=name)


def initialize(model: keras.Model, graph: LayerGraph, seed: int) -> None:
    """Sets every weight of a model to its first value, so that the model can be trained once more.

    Kernels are drawn by their initialisers, each with a seed of its own derived from `seed`; batch
    norms start as the identity, biases at 0. No global random state is read or changed.

    Args:
        model: what `build_keras` returned for `graph`.
        graph: the network.
        seed: at least 0; the same seed gives the same weights.
    """
    keys = {
        node.name: node.layer.initializer
        for node in graph.nodes
        if hasattr(node.layer, "initializer")
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
