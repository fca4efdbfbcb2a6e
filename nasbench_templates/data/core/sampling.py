"""Choices of rows that keep the shares of the classes; no run's seed changes them.

The same labels and count give the same rows on every machine and with every NumPy: the keys
are the raw output of PCG64, whose stream NumPy guarantees, unlike those of its distributions.
"""

import numpy as np

_SEED = 0


def stratified_rows(labels: np.ndarray, count: int) -> np.ndarray:
    """Returns `count` row numbers, rising, in which every class has its share of all rows.

    A class of n rows gets `count * n / len(labels)` of them, rounded by largest remainder; equal
    remainders and the rows within a class are drawn.

    Args:
        labels: class numbers from 0, shape `(rows,)`.
        count: rows wanted, 0..rows.

    Example:
        >>> stratified_rows(np.array([0, 0, 0, 0, 1, 1]), 3).tolist()
        [2, 3, 4]
    """
    sizes = np.bincount(labels)
    keys = np.random.PCG64(_SEED).random_raw(len(labels) + len(sizes))
    quotas, remainders = np.divmod(count * sizes, len(labels))
    by_remainder = np.lexsort((keys[len(labels) :], -remainders))
    quotas[by_remainder[: count - quotas.sum()]] += 1
    order = np.lexsort((keys[: len(labels)], labels))
    ranks = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[ranks < np.repeat(quotas, sizes)])
