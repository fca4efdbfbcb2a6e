"""Mean and standard deviation of pixels or features, by which a network's input is normalised."""

import functools
import itertools
from collections.abc import Iterable

import numpy as np

Statistics = tuple[tuple[float, ...], tuple[float, ...]]


def channel_statistics(batches: Iterable[np.ndarray]) -> Statistics:
    """Returns mean and population standard deviation per channel over all images.

    Those of uint8 pixels are computed from exact counts, so the result depends neither on the order
    of the images nor on the machine; those of float32 features in float64. A channel that is
    constant gets the deviation 1, so that it can be divided by.

    Args:
        batches: uint8 or float32 images of shape `(batch, height, width, channels)`, all of one
            type; at least one image.
    """
    batches = iter(batches)
    first = next(batches)
    batches = itertools.chain((first,), batches)
    return _of_pixels(batches) if first.dtype == np.uint8 else _of_features(batches)


def _of_pixels(batches: Iterable[np.ndarray]) -> Statistics:
    counts = functools.reduce(np.add, map(_pixel_counts, batches))
    values = np.arange(256)
    means = []
    deviations = []
    for channel_counts in counts:
        total = int(channel_counts.sum())
        mean = int((channel_counts * values).sum()) / total
        variance = float((channel_counts * (values - mean) ** 2).sum()) / total
        means.append(mean)
        deviations.append(variance**0.5 or 1.0)
    return tuple(means), tuple(deviations)


def _of_features(batches: Iterable[np.ndarray]) -> Statistics:
    # Moments are merged batch by batch around their means: a sum of squares would lose the
    # deviation of values far from 0.
    count, mean, squares = 0, np.zeros(1), np.zeros(1)
    for images in batches:
        values = images.reshape(-1, images.shape[-1]).astype(np.float64)
        total = count + len(values)
        delta = values.mean(axis=0) - mean
        squares = squares + ((values - values.mean(axis=0)) ** 2).sum(axis=0)
        squares = squares + delta**2 * count * len(values) / total
        mean = mean + delta * len(values) / total
        count = total
    deviations = np.sqrt(squares / count)
    return tuple(mean.tolist()), tuple(each or 1.0 for each in deviations.tolist())


def _pixel_counts(images: np.ndarray) -> np.ndarray:
    """Returns how often each value occurs, shape `(channels, 256)`."""
    channels = np.moveaxis(images, -1, 0)
    return np.stack([np.bincount(pixels.ravel(), minlength=256) for pixels in channels])
