"""The Keras layers that Keras does not have, or not as fast; all else is a standard layer.

Importing this module is all that a saved `.keras` network needs in order to load again:

    import keras
    import nasbench_templates.keras_io.keras_layers
    network = keras.models.load_model("model.keras")
"""

import math

import keras
from keras import ops

# What TensorFlow's fused batch norm accepts; other types take the path of the other backends.
_FUSED_DTYPES = ("float16", "bfloat16", "float32")


@keras.saving.register_keras_serializable(package="nasbench_templates")
class ChannelSlice(keras.layers.Layer):
    """The first `channels` of the last axis: `(..., all)` to `(..., channels)`.

    Args:
        channels: how many to keep, from 1 to the input's; with all of them the input is returned.
        **kwargs: `name`, `dtype` and the like, as of every Keras layer.
    """

    def __init__(self, channels: int, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels

    def build(self, input_shape):
        """Checks the number of channels.

        Raises:
            ValueError: the input has fewer channels than are to be kept.
        """
        if not 1 <= self.channels <= input_shape[-1]:
            raise ValueError(
                f"layer {self.name!r}: expected channels in 1..{input_shape[-1]}, "
                f"received {self.channels}"
            )

    def call(self, inputs):
        """Returns the kept channels."""
        return inputs if inputs.shape[-1] == self.channels else inputs[..., : self.channels]

    def compute_output_shape(self, input_shape):
        """Returns the input's shape with `channels` as its last entry."""
        return (*input_shape[:-1], self.channels)

    def get_config(self):
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "channels": self.channels}


@keras.saving.register_keras_serializable(package="nasbench_templates")
class Upsample(keras.layers.Layer):
    """Maps with every value repeated over a square, cut to a size.

    Args:
        factor: side of the square.
        height: rows of the result; `ceil(height / factor)` enter.
        width: columns of the result, likewise.
        **kwargs: `name`, `dtype` and the like, as of every Keras layer.
    """

    def __init__(self, factor: int, height: int, width: int, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.height = height
        self.width = width

    def call(self, inputs):
        """Returns maps `(batch, height, width, channels)`."""
        rows, columns, channels = inputs.shape[1:]
        # One broadcast is several times faster than repeating along one axis after the other.
        small = ops.reshape(inputs, (-1, rows, 1, columns, 1, channels))
        large = ops.tile(small, (1, 1, self.factor, 1, self.factor, 1))
        large = ops.reshape(large, (-1, rows * self.factor, columns * self.factor, channels))
        return large[:, : self.height, : self.width]

    def compute_output_shape(self, input_shape):
        """Returns the input's shape with the sides that are kept."""
        return (input_shape[0], self.height, self.width, input_shape[-1])

    def get_config(self):
        """Returns the arguments of the constructor."""
        size = {"factor": self.factor, "height": self.height, "width": self.width}
        return {**super().get_config(), **size}


@keras.saving.register_keras_serializable(package="nasbench_templates")
class Mix(keras.layers.Layer):
    """The mean of several maps of one shape, weighted by the softmax over learned logits."""

    def build(self, input_shape):
        """Creates the logits, one for each map, all equal."""
        self.logits = self.add_weight(
            shape=(len(input_shape),), initializer="zeros", autocast=False, name="logits"
        )

    def call(self, inputs):
        """Returns `sum(softmax(logits)[r] * inputs[r])`."""
        # Half precision has too few digits for shares that are learned in steps of 1e-4.
        shares = ops.softmax(self.logits)
        shares = ops.cast(shares, self.compute_dtype)
        mixed = inputs[0] * shares[0]
        for index, each in enumerate(inputs[1:], 1):
            mixed = mixed + each * shares[index]
        return mixed

    def compute_output_shape(self, input_shape):
        """Returns the maps' common shape."""
        return input_shape[0]

    def get_config(self):
        """Returns the arguments of the constructor."""
        return super().get_config()


@keras.saving.register_keras_serializable(package="nasbench_templates")
class HeNormalDepthwise(keras.initializers.Initializer):
    """He initialisation of depthwise kernels `(height, width, channels, 1)`: fan-in is the window.

    Args:
        seed: of the draw.
    """

    def __init__(self, seed: int = 0):
        self.seed = seed

    def get_config(self):
        """Returns the arguments of the constructor."""
        return {"seed": self.seed}

    def __call__(self, shape, dtype=None):
        """Returns values drawn from a truncated normal with variance 2 / (height * width)."""
        return he_normal_depthwise(shape[0] * shape[1], self.seed)(shape, dtype=dtype)


def he_normal_depthwise(window: int, seed: int) -> keras.initializers.Initializer:
    """Returns `HeNormalDepthwise` for a window of so many positions, as an initialiser of Keras.

    A network that names it loads without this package.
    """
    # The factor restores the variance that truncation at two deviations takes away.
    stddev = math.sqrt(2 / window) / 0.87962566103423978
    return keras.initializers.TruncatedNormal(stddev=stddev, seed=seed)


class _FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch norm whose training step is one kernel where TensorFlow has one for it.

    Keras computes it on TensorFlow from a dozen operations, each of which reads or writes the whole
    map. Other backends, ranks and types take the path of `_train`.
    """

    def call(self, inputs, training=None):
        """Returns the normalised input; in training it also moves the statistics."""
        if not (training and self.trainable):
            return super().call(inputs, training=False)
        return self._train_fused(inputs) if self._can_fuse(inputs) else self._train(inputs)

    def _can_fuse(self, inputs) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and self.center
            and self.scale
            and not self.synchronized
            and not getattr(self, "renorm", False)  # unknown to older versions of Keras
            and keras.backend.standardize_dtype(inputs.dtype) in _FUSED_DTYPES
        )

    def _train_fused(self, inputs):
        import tensorflow as tf  # not imported on other backends

        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.cast(self.gamma, "float32"),
            offset=ops.cast(self.beta, "float32"),
            mean=[],
            variance=[],
            epsilon=self.epsilon,
            is_training=True,
        )
        self._move(mean, self._moving_variance_of(variance, self._count(inputs)))
        return ops.cast(outputs, self.compute_dtype)

    def _move(self, mean, variance) -> None:
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            value = ops.cast(value, moving.dtype)
            moving.assign(moving * self.momentum + value * (1.0 - self.momentum))

    def _count(self, inputs):
        """Returns how many values of a channel are in the batch, as float32."""
        count = math.prod(ops.shape(inputs)[axis] for axis in self._reduced_axes(inputs))
        return ops.cast(count, "float32")

    def _reduced_axes(self, inputs) -> list[int]:
        rank = len(inputs.shape)
        return [axis for axis in range(rank) if axis != self.axis % rank]


class BatchNormalization(_FusedBatchNormalization):
    """Keras' batch norm with TensorFlow's fused kernel; same numbers to rounding.

    It is saved as `keras.layers.BatchNormalization`, so that a network of standard layers loads
    without this package.
    """

    # Where a saved network finds its class.
    __module__ = "keras.layers"

    def _train(self, inputs):
        return keras.layers.BatchNormalization.call(self, inputs, training=True)

    def _moving_variance_of(self, variance, count):
        # The kernel gives the unbiased variance; of a single value it is 0 either way.
        return variance * (count - 1) / count


@keras.saving.register_keras_serializable(package="nasbench_templates")
class UnbiasedBatchNormalization(_FusedBatchNormalization):
    """Batch norm whose moving variance takes the batch variance times N / (N - 1).

    N is the number of values of a channel in the batch. Each batch is still normalised with its
    biased variance, so only inference differs from `keras.layers.BatchNormalization`, whose
    arguments and variables this layer has. After one training step on the values 0..7 in one
    channel at momentum 0.997 the moving variance is 1.015 here and 1.01275 there. With N = 1 the
    variance, 0, stays 0.

    Networks are built of `PlainUnbiasedBatchNormalization`; files from before that name this class.

    Source: docs/nasbench101.md, section 6 (the fused kernel of the original).
    """

    def _moving_variance_of(self, variance, count):
        return variance

    def _train(self, inputs):
        # Half precision overflows in the sum of squares.
        inputs = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        axes = self._reduced_axes(inputs)
        mean, variance = ops.moments(inputs, axes=axes, synchronized=self.synchronized)
        outputs = ops.batch_normalization(
            inputs,
            mean,
            variance,
            axis=self.axis,
            offset=ops.cast(self.beta, inputs.dtype) if self.center else None,
            scale=ops.cast(self.gamma, inputs.dtype) if self.scale else None,
            epsilon=self.epsilon,
        )
        count = ops.cast(self._count(inputs) * self._num_replicas(), variance.dtype)
        self._move(mean, variance * count / ops.maximum(count - 1, 1))
        return ops.cast(outputs, self.compute_dtype)

    def _num_replicas(self) -> int:
        if not self.synchronized:
            return 1
        import tensorflow as tf  # Keras synchronises on this backend only

        return tf.distribute.get_strategy().num_replicas_in_sync


# Keras names the class in a saved network, and its variables, after these two attributes.
PlainUnbiasedBatchNormalization = type(
    "BatchNormalization",
    (UnbiasedBatchNormalization,),
    {
        "__module__": "keras.layers",
        "__doc__": """`UnbiasedBatchNormalization`, saved as `keras.layers.BatchNormalization`.

        That predicts the same, so that a network of standard layers loads without this package.
        What is trained on after loading takes the biased variance.
        """,
    },
)
