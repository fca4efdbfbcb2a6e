"""Mean and standard deviation of pixels."""

import numpy as np

from nasbench_templates.data import pixel_statistics


def test_statistics_are_per_channel_and_exact():
    pixels = np.zeros((2, 1, 2, 2), np.uint8)
    pixels[..., 0] = [[[0, 255]], [[0, 255]]]
    pixels[..., 1] = 9
    mean, std = pixel_statistics.channel_statistics([pixels[:1], pixels[1:]])
    assert mean == (127.5, 9.0)
    assert std == (127.5, 1.0)  # a constant channel is divided by 1


def test_statistics_equal_numpys_over_several_chunks():
    pixels = np.random.default_rng(0).integers(0, 256, (5000, 2, 3, 3), dtype=np.uint8)
    mean, std = pixel_statistics.channel_statistics([pixels[:1], pixels[1:]])
    # Both sum in float64; only the order of additions differs.
    np.testing.assert_allclose(mean, pixels.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(std, pixels.std(axis=(0, 1, 2)), rtol=1e-12)
