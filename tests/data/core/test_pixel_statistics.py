"""Mean and standard deviation of pixels."""

import numpy as np

from nasbench_templates.data.core import pixel_statistics


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


def test_statistics_of_features_far_from_zero_keep_their_deviation():
    features = np.empty((4, 1, 1, 2), np.float32)
    features[..., 0] = np.reshape([10_000, 10_001, 10_002, 10_003], (4, 1, 1))
    features[..., 1] = -13.5
    mean, std = pixel_statistics.channel_statistics([features[:1], features[1:]])
    assert mean == (10_001.5, -13.5)
    # The deviations -1.5, -0.5, 0.5 and 1.5 have the mean square 5 / 4.
    np.testing.assert_allclose(std, (1.25**0.5, 1.0), rtol=1e-12)
