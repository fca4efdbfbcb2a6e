"""What augmentation makes of images."""

import keras
import numpy as np
import pytest

from nasbench_templates.training import augment, streams

SHAPE = (6, 5, 3)


def _images(count: int, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(1, 256, (count, *shape), dtype=np.uint8)


def _applied(layer: keras.layers.Layer, images: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(layer([images, draws]))


def test_crop_is_the_drawn_window_of_the_padded_image():
    images = _images(3)
    draws = np.array([[4, 4, 0, 0, 0], [0, 8, 0, 0, 0], [6, 1, 1, 0, 0]], "int32")
    results = _applied(augment.PadCropFlip(), images, draws)
    assert results.dtype == images.dtype
    padded = np.pad(images, ((0, 0), (4, 4), (4, 4), (0, 0)))
    np.testing.assert_array_equal(results[0], images[0])
    np.testing.assert_array_equal(results[1], padded[1, 0:6, 8:13])
    np.testing.assert_array_equal(results[2], padded[2, 6:12, 1:6][:, ::-1])


def test_flip_alone_ignores_the_offsets():
    images = _images(2)
    draws = np.array([[8, 0, 1, 0, 0], [0, 8, 0, 0, 0]], "int32")
    results = _applied(augment.PadCropFlip(padding=0), images, draws)
    np.testing.assert_array_equal(results[0], images[0, :, ::-1])
    np.testing.assert_array_equal(results[1], images[1])


def test_crop_alone_ignores_the_flip():
    images = _images(1)
    draws = np.array([[4, 4, 1, 0, 0]], "int32")
    results = _applied(augment.PadCropFlip(flips=False), images, draws)
    np.testing.assert_array_equal(results, images)


@pytest.mark.parametrize("centre", [(8, 8), (16, 13), (24, 24)])
def test_cutout_inside_the_image_covers_16_by_16(centre):
    images = _images(1, (32, 32, 3)).astype("float32")
    results = _applied(augment.Cutout(), images, np.array([[0, 0, 0, *centre]], "int32"))
    is_cut = (results == 0).all(axis=-1)[0]
    assert is_cut.sum() == 16 * 16
    row, column = centre
    assert is_cut[row - 8 : row + 8, column - 8 : column + 8].all()
    np.testing.assert_array_equal(results[0][~is_cut], images[0][~is_cut])


def test_cutout_at_a_corner_is_cut_off_at_the_border():
    images = _images(1, (32, 32, 1)).astype("float32")
    results = _applied(augment.Cutout(), images, np.array([[0, 0, 0, 0, 31]], "int32"))
    is_cut = results[0, :, :, 0] == 0
    assert is_cut.sum() == 8 * 9
    assert is_cut[:8, 23:].all()


def test_draws_cover_their_ranges_evenly():
    draws = streams.augmentation_draws(0, 1, 5000, SHAPE, augment.PADDING)
    assert draws.shape == (5000, streams.NUM_DRAWS)
    assert draws.dtype == np.int32
    for column, count in enumerate((9, 9, 2, 6, 5)):
        frequencies = np.bincount(draws[:, column], minlength=count) / len(draws)
        assert len(frequencies) == count
        # Five standard deviations of a share near 1/2 are 0.035.
        np.testing.assert_allclose(frequencies, 1 / count, atol=0.035)


def test_draws_are_those_of_seed_and_epoch():
    first = streams.augmentation_draws(3, 2, 20, SHAPE, 4)
    np.testing.assert_array_equal(streams.augmentation_draws(3, 2, 20, SHAPE, 4), first)
    assert not np.array_equal(streams.augmentation_draws(3, 1, 20, SHAPE, 4), first)
    assert not np.array_equal(streams.augmentation_draws(4, 2, 20, SHAPE, 4), first)


def test_every_epoch_has_each_image_once_in_another_order():
    first, second = (streams.epoch_order(5, epoch, 100) for epoch in (1, 2))
    assert sorted(first) == sorted(second) == list(range(100))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    "layer", [augment.PadCropFlip(2, flips=False), augment.Cutout(5)], ids=["crop", "cutout"]
)
def test_config_rebuilds_the_layer(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
