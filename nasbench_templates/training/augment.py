"""Augmentation of training images on the accelerator, before normalisation."""

import keras
import numpy as np
from keras import ops

PADDING = 4


@keras.saving.register_keras_serializable(package="nasbench_templates")
class PadCropFlip(keras.layers.Layer):
    """A random crop of the zero-padded image, mirrored half of the time, drawn for every image.

    Input and output have shape `(batch, height, width, channels)` and any number type. Images are
    on the scale of their pixels, so the padding is black rather than the mean. Only training
    changes them; otherwise they pass through.

    Args:
        seed: start of the layer's own generator, at least 0; see `reset`.
        padding: zeros on every side; offsets are 0..2 * padding.
        **kwargs: `name` and the like, as of every Keras layer.

    Source: NAS-Bench-101 specification, section 9.
    """

    def __init__(self, seed: int = 0, padding: int = PADDING, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.padding = padding
        self.generator = keras.random.SeedGenerator(seed)

    def reset(self, seed: int) -> None:
        """Starts the generator anew, so that the same images follow as after any other `reset`."""
        self.generator.state.assign(np.array([seed, 0], dtype="uint32"))

    def call(self, inputs, training=None):
        """Returns crops of the inputs' shape in training, else the inputs."""
        if not training:
            return inputs
        batch, height, width, channels = ops.shape(inputs)
        offsets = keras.random.randint(
            (2, batch, 1), 0, 2 * self.padding + 1, dtype="int32", seed=self.generator
        )
        is_flipped = keras.random.randint((batch, 1), 0, 2, dtype="int32", seed=self.generator) > 0
        around = (self.padding, self.padding)
        padded = ops.pad(inputs, ((0, 0), around, around, (0, 0)))
        rows = offsets[0] + ops.arange(height, dtype="int32")
        columns = ops.arange(width, dtype="int32")
        columns = offsets[1] + ops.where(is_flipped, width - 1 - columns, columns)
        # One gather from all pixels of the batch: crop and flip are a choice of rows and columns.
        padded_height, padded_width = height + 2 * self.padding, width + 2 * self.padding
        image = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1))
        pixels = (image * padded_height + rows[:, :, None]) * padded_width + columns[:, None, :]
        return ops.take(ops.reshape(padded, (-1, channels)), pixels, axis=0)

    def compute_output_shape(self, input_shape):
        """Returns the input's shape."""
        return input_shape

    def get_config(self):
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "seed": self.seed, "padding": self.padding}
