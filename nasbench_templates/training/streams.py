"""The random numbers of a run: functions of its seed and the epoch, without any state.

Whatever ran before, an epoch sees the same images in the same order with the same crops. So a run
resumes in the middle of an epoch without stored generators, several workers draw alike without
talking, and both backends train on the same pictures.
"""

import numpy as np

# Streams of a run's seed.
_ORDER, _AUGMENTATION, _WEIGHTS, _CROPS, _MIXING = range(5)
# Columns of `augmentation_draws` and `spectrogram_draws`.
NUM_DRAWS = 5


def weights_seed(seed: int) -> int:
    """Returns the seed of a run's first weights."""
    return _number(seed, _WEIGHTS)


def mixing_seed(seed: int) -> int:
    """Returns the seed of the order and augmentation of the images that shares are learned on."""
    return _number(seed, _MIXING)


def crop_seed(seed: int, epoch: int) -> int:
    """Returns the seed of the random crops that a streamed split takes in an epoch."""
    return _number(seed, _CROPS, epoch)


def epoch_order(seed: int, epoch: int, num_images: int) -> np.ndarray:
    """Returns the rows of the training split in the order of an epoch, each once."""
    return _generator(seed, _ORDER, epoch).permutation(num_images)


def augmentation_draws(
    seed: int, epoch: int, num_images: int, image_shape: tuple[int, int, int], padding: int
) -> np.ndarray:
    """Returns what decides how each image of an epoch is augmented.

    Args:
        seed: of the run.
        epoch: counted from 1.
        num_images: images in the epoch, in the order of `epoch_order`.
        image_shape: `(height, width, channels)`.
        padding: zeros that crops may reach into on every side.

    Returns:
        int32 of shape `(images, 5)`: first row and first column of the crop in the padded image
        (0..2 * padding), whether it is mirrored (0 or 1), row and column of the cutout's centre.
    """
    height, width, _ = image_shape
    ends = (2 * padding + 1, 2 * padding + 1, 2, height, width)
    return _generator(seed, _AUGMENTATION, epoch).integers(
        0, ends, (num_images, NUM_DRAWS), dtype=np.int32
    )


def spectrogram_draws(
    seed: int, epoch: int, num_clips: int, shape: tuple[int, int, int], mask_share: float
) -> np.ndarray:
    """Returns what decides how the features of each clip of an epoch are augmented.

    Args:
        seed: of the run.
        epoch: counted from 1.
        num_clips: clips in the epoch, in the order of `epoch_order`.
        shape: `(bands, frames, windows)`.
        mask_share: largest share of the frames, and of the bands, that a mask covers, 0..1.

    Returns:
        int32 of shape `(clips, 5)`: frames that the clip is moved by (0..frames - 1), first frame
        and number of frames of the mask in time, first band and number of bands of that in
        frequency; masks lie inside.
    """
    bands, frames, _ = shape
    generator = _generator(seed, _AUGMENTATION, epoch)
    columns = [generator.integers(0, frames, num_clips)]
    for length in (frames, bands):
        widths = generator.integers(0, int(mask_share * length) + 1, num_clips)
        columns += [generator.integers(0, length - widths + 1), widths]
    return np.stack(columns, axis=1).astype(np.int32)


def _generator(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))


def _number(seed: int, *key: int) -> int:
    return int(np.random.SeedSequence(entropy=seed, spawn_key=key).generate_state(1)[0])
