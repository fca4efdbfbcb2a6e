"""Small Keras models of every kind that is imported, and a count that knows no rule of ours."""

import keras
import numpy as np
from keras import layers, ops

MODELS = {}


def model(function):
    """Registers a function that returns a new model."""
    MODELS[function.__name__] = function
    return function


def independent_macs(network):
    """MACs from live kernels and the shapes of a flat model's calls: kernel values x positions."""
    macs = 0
    for layer in network.layers:
        kernels = [weight for weight in layer.weights if "kernel" in weight.name]
        for node in layer._inbound_nodes:
            for kernel in kernels:
                source, result = node.input_tensors[0].shape, node.output_tensors[0].shape
                shape = source if "Transpose" in type(layer).__name__ else result
                macs += int(np.prod(kernel.shape)) * int(np.prod(shape[1:-1]))
    return macs


def trainable(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def _classified(source, x, units=10):
    return keras.Model(source, layers.Dense(units, activation="softmax")(x))


@model
def plain():
    source = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="stem")(source)
    x = layers.MaxPooling2D()(x)
    x = layers.BatchNormalization()(layers.Conv2D(24, (3, 1), use_bias=False)(x))
    x = layers.Conv2D(32, (1, 5), strides=(2, 1), padding="same")(layers.ReLU()(x))
    x = layers.Conv2D(40, 3, dilation_rate=2, padding="same")(layers.LeakyReLU()(x))
    x = layers.Dropout(0.2)(layers.Flatten()(layers.PReLU(shared_axes=[1, 2])(x)))
    return _classified(source, layers.Dense(48, activation="gelu")(x))


@model
def sequential():
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.ZeroPadding2D(1),
            layers.Conv2D(12, 3),
            layers.LayerNormalization(),
            layers.Activation("swish"),
            layers.AveragePooling2D(2),
            layers.SpatialDropout2D(0.1),
            layers.Conv2D(20, 3, strides=2),
            layers.Cropping2D(((0, 1), (0, 1))),
            layers.GlobalMaxPooling2D(),
            layers.Dense(5),
        ],
        name="chain",
    )


@model
def residual():
    source = keras.Input((16, 16, 3))
    x = stem = layers.Conv2D(16, 3, padding="same")(source)
    for filters, stride in ((16, 1), (32, 2), (48, 2)):
        y = layers.Conv2D(filters, 3, strides=stride, padding="same")(x)
        y = layers.Conv2D(filters, 3, padding="same")(layers.ReLU()(y))
        if x is not stem:
            x = layers.Conv2D(filters, 1, strides=stride)(x)
        x = layers.Add()([x, y])
    x = layers.Subtract()([x, layers.Conv2D(48, 1)(x)])
    x = layers.Average()([x, layers.Maximum()([x, layers.Conv2D(48, 1)(x)])])
    return _classified(source, layers.GlobalAveragePooling2D()(x))


@model
def squeeze_excite():
    source = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 3, strides=2, padding="same")(source)
    x = layers.Conv2D(48, 1)(x)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    gate = layers.Reshape((1, 1, 48))(layers.GlobalAveragePooling2D()(x))
    gate = layers.Conv2D(12, 1, activation="relu", name="squeeze")(gate)
    gate = layers.Conv2D(48, 1, activation="sigmoid")(gate)
    x = layers.Conv2D(24, 1)(layers.Multiply()([x, gate]))
    x = layers.Conv2D(32, 3, strides=2)(x)
    y = layers.Dense(8, activation="relu")(layers.GlobalMaxPooling2D()(x))
    x = layers.Multiply()([x, layers.Dense(32, activation="sigmoid")(y)])
    return _classified(source, layers.GlobalAveragePooling2D()(x))


@model
def concatenations():
    source = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 3, padding="same")(source)
    for growth in (8, 8):
        x = layers.Concatenate()([x, layers.Conv2D(growth, 3, padding="same")(x)])
    x = layers.Concatenate()([x, x])
    x = layers.Conv2D(24, 3, strides=2)(layers.BatchNormalization()(x))
    branches = [layers.Conv2D(filters, 1)(x) for filters in (8, 16)]
    x = layers.Add()([layers.Conv2D(24, 1)(x), layers.Concatenate()(branches)])
    return _classified(source, layers.Flatten()(x))


@model
def groups():
    source = keras.Input((16, 16, 3))
    x = layers.Conv2D(32, 3, padding="same")(source)
    x = layers.Conv2D(32, 3, groups=4, padding="same")(layers.GroupNormalization(8)(x))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same")(x)
    x = layers.SeparableConv2D(48, (3, 5), depth_multiplier=2, padding="same")(x)
    x = layers.Conv2D(48, 1, groups=6)(layers.UnitNormalization()(x))
    return _classified(source, layers.GlobalAveragePooling2D(keepdims=False)(x))


@model
def shuffled():
    source = keras.Input((8, 8, 3))
    x = layers.Conv2D(24, 1)(source)
    x = layers.Conv2D(24, 1, groups=3)(x)
    x = layers.Reshape((8, 8, 3, 8))(x)
    x = layers.Reshape((8, 8, 24))(layers.Permute((1, 2, 4, 3))(x))
    x = layers.Conv2D(36, 3, groups=3, strides=2)(x)
    return _classified(source, layers.GlobalAveragePooling2D()(x))


@model
def unet():
    source = keras.Input((16, 16, 3))
    first = layers.Conv2D(16, 3, padding="same")(source)
    second = layers.Conv2D(24, 3, padding="same")(layers.MaxPooling2D()(first))
    x = layers.Conv2D(32, 3, padding="same")(layers.MaxPooling2D()(second))
    x = layers.Conv2DTranspose(24, 2, strides=2)(x)
    x = layers.Conv2D(24, 3, padding="same")(layers.Concatenate()([x, second]))
    x = layers.Conv2D(16, 3, padding="same")(layers.UpSampling2D()(x))
    x = layers.Conv2D(16, 3, padding="same")(layers.Concatenate()([x, first]))
    return keras.Model(source, layers.Conv2D(4, 1, activation="softmax")(x))


@model
def sequences():
    source = keras.Input((64, 2))
    x = layers.Conv1D(16, 5, padding="causal")(source)
    x = layers.SeparableConv1D(24, 3, padding="same")(layers.MaxPooling1D()(x))
    x = layers.DepthwiseConv1D(3, padding="same")(layers.ZeroPadding1D(1)(x))
    x = layers.Conv1DTranspose(20, 4, strides=2)(layers.Cropping1D(1)(x))
    x = layers.Dense(32, activation="relu")(layers.UpSampling1D(2)(x))
    return _classified(source, layers.GlobalAveragePooling1D()(layers.AveragePooling1D(2)(x)))


@model
def volumes():
    source = keras.Input((8, 8, 8, 1))
    x = layers.Conv3D(12, 3, padding="same")(source)
    x = layers.Conv3D(24, (3, 1, 1), strides=2)(layers.ZeroPadding3D(1)(x))
    x = layers.Conv3DTranspose(16, 2, strides=2)(layers.BatchNormalization()(x))
    x = layers.UpSampling3D(1)(layers.Cropping3D(1)(layers.MaxPooling3D()(x)))
    return _classified(source, layers.GlobalAveragePooling3D()(x))


@model
def dense_maps():
    source = keras.Input((12, 12, 4))
    x = layers.Dense(16, activation="relu")(source)
    x = layers.Conv2D(24, 3, strides=2)(x)
    x = layers.Reshape((-1, 24))(x)
    x = layers.LayerNormalization()(layers.Dense(32)(x))
    return _classified(source, layers.GlobalMaxPooling1D()(x))


@model
def generator():
    source = keras.Input((16,))
    x = layers.Dense(4 * 4 * 32)(source)
    x = layers.Reshape((4, 4, 32))(x)
    x = layers.Conv2DTranspose(24, 4, strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(16, 4, strides=2, padding="same")(layers.ReLU()(x))
    return keras.Model(source, layers.Conv2D(3, 3, padding="same")(x))


@model
def operations():
    source = keras.Input((16, 16, 3))
    x = layers.Conv2D(16, 3, padding="same")(layers.Rescaling(1 / 127.5, -1)(source))
    x = x * ops.relu6(x + 3.0) * (1.0 / 6.0)
    x = layers.Conv2D(24, 3, strides=2)(ops.concatenate([x, ops.tanh(x)], axis=-1))
    first, second = ops.split(layers.Conv2D(32, 1)(x), 2, axis=-1)
    x = layers.Conv2D(24, 3)(ops.multiply(first, ops.sigmoid(second)))
    attention = ops.mean(x, axis=-1, keepdims=True)
    x = x * layers.Conv2D(1, 3, padding="same", activation="sigmoid")(attention)
    x = ops.reshape(x, (-1, 25, 24))
    return _classified(source, ops.mean(x, axis=1))


@model
def shared():
    source = keras.Input((16, 16, 3))
    convolution, activation = layers.Conv2D(12, 3, padding="same"), layers.ReLU()
    x = layers.Conv2D(12, 3, padding="same")(source)
    x = activation(convolution(activation(convolution(x))))
    y = convolution(layers.AveragePooling2D(2)(x))
    y = layers.Conv2D(20, 3)(activation(y))
    x = layers.Conv2D(20, 3, strides=2)(x)
    pool = layers.GlobalAveragePooling2D()
    return _classified(source, layers.Add()([pool(x), pool(y)]))


def backbone(shape=(None, None, 3)):
    source = keras.Input(shape)
    x = layers.Conv2D(12, 3, strides=2, name="first")(source)
    head = keras.Sequential([layers.Conv2D(20, 3), layers.ReLU()], name="head")
    return keras.Model(source, [x, head(x)], name="backbone")


@model
def nested():
    inner = backbone()
    source = keras.Input((20, 20, 3))
    _, x = inner(source)
    first, y = inner(layers.AveragePooling2D(2)(source))
    pool = layers.GlobalAveragePooling2D
    x = layers.Concatenate()([pool()(x), pool()(y), pool()(first)])
    return _classified(source, layers.Dense(16, activation="relu")(x))


@model
def several():
    left, right = keras.Input((16, 16, 3), name="left"), keras.Input((16, 16, 1), name="right")
    x = layers.Conv2D(16, 3, strides=2)(left) + layers.Conv2D(16, 3, strides=2)(right)
    y = layers.Conv2D(32, 3, strides=2)(layers.ReLU()(x))
    outputs = {
        "label": layers.Dense(4)(layers.GlobalAveragePooling2D()(y)),
        "map": layers.Conv2D(2, 1)(y),
    }
    return keras.Model({"left": left, "right": right}, outputs, name="pair")
