"""Augmentation of audio features as Keras layers on the accelerator.

As those of images (`augment`), the layers draw nothing themselves: they take the numbers of
`streams.spectrogram_draws` beside the features. Apply masks to normalised features, so that what
they hide has the mean value.
"""

from collections.abc import Sequence
from typing import Literal

import keras
from keras import ops

# Largest share of the frames, and of the bands, that a mask covers; this project's choice.
MASK_SHARE = 0.2
_SHIFT = 0
# First column of a mask's start and length, by axis.
_MASKS = {"time": 1, "frequency": 3}


@keras.saving.register_keras_serializable(package="nasbench_templates")
class TimeShift(keras.layers.Layer):
    """Features moved along time; what leaves at the end comes in at the start.

    Called with `[features, draws]`: features `(batch, bands, frames, windows)`, and integers
    `(batch, columns)` whose first column is the number of frames (0..frames - 1). The output has
    the features' shape and type.
    """

    def call(self, inputs: Sequence):
        """Returns the moved features."""
        features, draws = inputs
        batch, bands, frames, windows = ops.shape(features)
        columns = (ops.arange(frames, dtype="int32") - draws[:, _SHIFT : _SHIFT + 1]) % frames
        # One gather from all columns of the batch.
        rows = ops.reshape(ops.arange(batch * bands, dtype="int32"), (batch, bands, 1))
        flat = ops.reshape(features, (-1, windows))
        return ops.take(flat, rows * frames + columns[:, None, :], axis=0)

    def compute_output_shape(self, input_shape):
        """Returns the features' shape."""
        return input_shape[0]


@keras.saving.register_keras_serializable(package="nasbench_templates")
class SpanMask(keras.layers.Layer):
    """A span of frames or of bands of each clip's features set to 0.

    Called with `[features, draws]`: features `(batch, bands, frames, windows)`, and integers
    `(batch, columns)`: for frames the second and third column, for bands the fourth and fifth are
    the span's start and length.

    Args:
        axis: `"time"` or `"frequency"`.
        **kwargs: `name` and the like, as of every Keras layer.

    Source: D. S. Park et al., SpecAugment (arXiv:1904.08779), section 2, without time warping.
    """

    def __init__(self, axis: Literal["time", "frequency"], **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Sequence):
        """Returns the masked features."""
        features, draws = inputs
        _, bands, frames, _ = ops.shape(features)
        column = _MASKS[self.axis]
        length = frames if self.axis == "time" else bands
        distance = ops.arange(length, dtype="int32") - draws[:, column : column + 1]
        hidden = ops.logical_and(distance >= 0, distance < draws[:, column + 1 : column + 2])
        hidden = hidden[:, None, :, None] if self.axis == "time" else hidden[:, :, None, None]
        return ops.where(hidden, ops.zeros_like(features), features)

    def compute_output_shape(self, input_shape):
        """Returns the features' shape."""
        return input_shape[0]

    def get_config(self):
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "axis": self.axis}


def make_layer(name: str) -> keras.layers.Layer:
    """Returns the layer of an augmentation, one of `config.AUDIO_AUGMENTATIONS`."""
    if name == "time_shift":
        return TimeShift(name=name, dtype="float32")
    axis: Literal["time", "frequency"] = "time" if name == "time_mask" else "frequency"
    return SpanMask(axis, name=name, dtype="float32")
