"""Augmentation of training images as Keras layers on the accelerator.

The layers draw nothing themselves: they take the numbers of `streams.augmentation_draws` beside the
images. Apply `PadCropFlip` to pixels, so that its border is black, and `Cutout` to normalised
images, so that the patch has the mean colour.
"""

from collections.abc import Sequence

import keras
from keras import ops

from nasbench_templates.training.config import CUTOUT_SIZE

PADDING = 4


@keras.saving.register_keras_serializable(package="nasbench_templates")
class PadCropFlip(keras.layers.Layer):
    """A crop of each zero-padded image, mirrored or not.

    Called with `[images, draws]`: images `(batch, height, width, channels)` of any number type, and
    integers `(batch, columns)` whose first three columns are the crop's first row, its first column
    (both 0..2 * padding) and whether it is mirrored from left to right (0 or 1). The output has the
    images' shape and type.

    Args:
        padding: zeros on every side; 0 leaves only the flip.
        flips: whether images are mirrored at all.
        **kwargs: `name` and the like, as of every Keras layer.

    Source: docs/nasbench101.md, section 9; the same crops and flips in "The Myth of the
    Pyramid", section 4.2.
    """

    def __init__(self, padding: int = PADDING, flips: bool = True, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding
        self.flips = flips

    def call(self, inputs: Sequence):
        """Returns the crops."""
        images, draws = inputs
        batch, height, width, channels = ops.shape(images)
        around = (self.padding, self.padding)
        padded = ops.pad(images, ((0, 0), around, around, (0, 0)))
        columns = ops.arange(width, dtype="int32")
        if self.flips:
            columns = ops.where(draws[:, 2:3] > 0, width - 1 - columns, columns[None])
        first = draws[:, :2] if self.padding else ops.zeros_like(draws[:, :2])
        rows = first[:, :1] + ops.arange(height, dtype="int32")
        columns = first[:, 1:] + columns
        # One gather from all pixels of the batch: crop and flip are a choice of rows and columns.
        padded_height, padded_width = height + 2 * self.padding, width + 2 * self.padding
        image = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1))
        pixels = (image * padded_height + rows[:, :, None]) * padded_width + columns[:, None, :]
        return ops.take(ops.reshape(padded, (-1, channels)), pixels, axis=0)

    def compute_output_shape(self, input_shape):
        """Returns the images' shape."""
        return input_shape[0]

    def get_config(self):
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "padding": self.padding, "flips": self.flips}


@keras.saving.register_keras_serializable(package="nasbench_templates")
class Cutout(keras.layers.Layer):
    """A square of each image set to 0; what would lie outside the image is cut off.

    Called with `[images, draws]`: images `(batch, height, width, channels)`, and integers
    `(batch, columns)` whose fourth and fifth column are the row and the column of the square's
    centre. The square covers rows `centre - size // 2` to `centre - size // 2 + size - 1`.

    Args:
        size: side in pixels.
        **kwargs: `name` and the like, as of every Keras layer.

    Source: DeVries and Taylor (arXiv:1708.04552), section 3.2: the centre is any pixel, so that
    squares may reach over the border.
    """

    def __init__(self, size: int = CUTOUT_SIZE, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, inputs: Sequence):
        """Returns the images with their squares."""
        images, draws = inputs
        _, height, width, _ = ops.shape(images)
        is_row = self._covers(draws[:, 3:4], height)
        is_column = self._covers(draws[:, 4:5], width)
        is_inside = ops.logical_and(is_row[:, :, None, None], is_column[:, None, :, None])
        return ops.where(is_inside, ops.zeros_like(images), images)

    def _covers(self, centre, length):
        distance = ops.arange(length, dtype="int32") - (centre - self.size // 2)
        return ops.logical_and(distance >= 0, distance < self.size)

    def compute_output_shape(self, input_shape):
        """Returns the images' shape."""
        return input_shape[0]

    def get_config(self):
        """Returns the arguments of the constructor."""
        return {**super().get_config(), "size": self.size}
