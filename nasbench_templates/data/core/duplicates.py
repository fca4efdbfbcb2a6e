"""Finds images that occur in two splits: what is trained on must not be evaluated on.

Compares pixels exactly. Natural data sets hold a few such pairs from the start: they are reported,
and nothing is removed. `inspection` counts them in every set in memory; which ones they are tells

    pets = loading.load_dataset("pets", "/data")
    print(find_duplicates(pets.train, pets.test))
"""

import hashlib
from collections import defaultdict

import numpy as np

from nasbench_templates.data.core.splits import AnySplit

# Images that are read at once.
_BATCH = 256


def find_duplicates(first: AnySplit, second: AnySplit) -> tuple[tuple[int, int], ...]:
    """Returns the rows of images with the same pixels, sorted.

    Args:
        first: any split.
        second: a split of the same data set.

    Returns:
        Pairs of a row in `first` and a row in `second`; an image that occurs several times is in
        several pairs.
    """
    rows = defaultdict(list)
    for row, digest in enumerate(digests(first)):
        rows[digest].append(row)
    return tuple(
        sorted(
            (row, other)
            for other, digest in enumerate(digests(second))
            for row in rows.get(digest, ())
        )
    )


def digests(split: AnySplit) -> list[bytes]:
    """Returns a hash of each image's pixels; 16 bytes make collisions negligible."""
    return [
        hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
        for batch in split.batches(np.arange(split.num_images), _BATCH)
        for image in batch
    ]
