"""What augmentation makes of images."""

import keras
import numpy as np

from nasbench_templates.training import augment


def _images(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(1, 256, (count, 6, 5, 3), dtype=np.uint8)


def _augmented(layer: augment.PadCropFlip, images: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(layer(images, training=True))


def _choice(image: np.ndarray, result: np.ndarray) -> tuple[int, int, bool]:
    """The offsets and the flip that lead from an image to a result."""
    padded = np.pad(image, ((4, 4), (4, 4), (0, 0)))
    height, width, _ = image.shape
    for row in range(9):
        for column in range(9):
            crop = padded[row : row + height, column : column + width]
            for is_flipped in (False, True):
                if np.array_equal(crop[:, ::-1] if is_flipped else crop, result):
                    return row, column, is_flipped
    raise AssertionError("the result is no crop of the zero-padded image")


def test_every_result_is_a_crop_of_its_own():
    images = _images(200)
    results = _augmented(augment.PadCropFlip(3), images)
    assert results.dtype == images.dtype
    choices = [_choice(*pair) for pair in zip(images, results, strict=True)]
    rows, columns, flips = zip(*choices, strict=True)
    # All nine offsets in both directions; about half of the 200 flipped (5 standard deviations).
    assert set(rows) == set(columns) == set(range(9))
    assert 65 < sum(flips) < 135
    assert len(set(choices)) > 80


def test_inference_leaves_images_alone():
    images = _images(3)
    result = augment.PadCropFlip(3)(images, training=False)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(result), images)


def test_reset_repeats_the_same_images():
    images = _images(20)
    layer = augment.PadCropFlip()
    layer.reset(7)
    first, second = _augmented(layer, images), _augmented(layer, images)
    assert not np.array_equal(first, second)
    layer.reset(7)
    np.testing.assert_array_equal(_augmented(layer, images), first)
    np.testing.assert_array_equal(_augmented(layer, images), second)


def test_config_rebuilds_the_layer():
    layer = augment.PadCropFlip(5, padding=2)
    again = augment.PadCropFlip.from_config(layer.get_config())
    assert (again.seed, again.padding) == (5, 2)
