"""Mean and standard deviation of pixels, by which a network's input is normalised."""

from collections.abc import Iterable

import numpy as np

Statistics = tuple[tuple[float, ...], tuple[float, ...]]


def channel_statistics(batches: Iterable[np.ndarray]) -> Statistics:
    """Returns mean and population standard deviation per channel over all images.

    Computed from exact pixel counts, so the result depends neither on the order of the images nor
    on the machine. A channel that is constant gets the deviation 1, so that it can be divided by.

    Args:
        batches: uint8 images of shape `(batch, height, width, channels)`; at least one image.
    """
    counts = sum(_pixel_counts(images) for images in batches)
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


def _pixel_counts(images: np.ndarray) -> np.ndarray:
    """Returns how often each value occurs, shape `(channels, 256)`."""
    channels = np.moveaxis(images, -1, 0)
    return np.stack([np.bincount(pixels.ravel(), minlength=256) for pixels in channels])
