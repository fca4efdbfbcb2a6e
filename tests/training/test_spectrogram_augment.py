"""What augmentation makes of audio features."""

import dataclasses

import keras
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import dataset, splits
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import preparation, spectrogram_augment, streams
from nasbench_templates.training.recipes import recipes

SHAPE = (5, 6, 2)


def features(count, shape=SHAPE):
    """No value is 0, which is what masks write."""
    return np.random.default_rng(0).uniform(1.0, 2.0, (count, *shape)).astype(np.float32)


def applied(name, given, draws):
    layer = spectrogram_augment.make_layer(name)
    return keras.ops.convert_to_numpy(layer([given, np.array(draws, "int32")]))


def made(count=8, shape=SHAPE):
    part = splits.make_split(features(count, shape), np.arange(count) % 2)
    return dataset.make_dataset("clips", "ab", (part, part, part), "test")


def test_shift_moves_frames_around_the_end():
    given = features(3)
    moved = applied("time_shift", given, [[0, 9, 9, 9, 9], [2, 9, 9, 9, 9], [5, 9, 9, 9, 9]])
    np.testing.assert_array_equal(moved[0], given[0])
    np.testing.assert_array_equal(moved[1], np.roll(given[1], 2, axis=1))
    np.testing.assert_array_equal(moved[2], np.roll(given[2], 5, axis=1))


def test_time_mask_hides_frames_in_all_bands():
    given = features(2)
    masked = applied("time_mask", given, [[9, 1, 3, 9, 9], [9, 4, 0, 9, 9]])
    expected = given.copy()
    expected[0, :, 1:4] = 0
    np.testing.assert_array_equal(masked, expected)


def test_frequency_mask_hides_bands_in_all_frames():
    given = features(2)
    masked = applied("frequency_mask", given, [[9, 9, 9, 0, 2], [9, 9, 9, 4, 1]])
    expected = given.copy()
    expected[0, :2] = 0
    expected[1, 4:] = 0
    np.testing.assert_array_equal(masked, expected)


def test_draws_cover_their_ranges_and_masks_lie_inside():
    draws = streams.spectrogram_draws(0, 1, 5000, (10, 20, 3), 0.2)
    assert draws.dtype == np.int32
    shift, first_frame, frames, first_band, bands = draws.T
    assert (shift.min(), shift.max()) == (0, 19)
    assert (frames.min(), frames.max()) == (0, 4)  # a fifth of 20
    assert (bands.min(), bands.max()) == (0, 2)  # a fifth of 10
    assert (first_frame.min(), (first_frame + frames).max()) == (0, 20)
    assert (first_band.min(), (first_band + bands).max()) == (0, 10)


def test_draws_follow_seed_and_epoch():
    first = streams.spectrogram_draws(3, 2, 20, SHAPE, 0.2)
    np.testing.assert_array_equal(streams.spectrogram_draws(3, 2, 20, SHAPE, 0.2), first)
    assert not np.array_equal(streams.spectrogram_draws(3, 1, 20, SHAPE, 0.2), first)
    assert not np.array_equal(streams.spectrogram_draws(4, 2, 20, SHAPE, 0.2), first)


def test_preparation_normalises_then_shifts_and_masks():
    clips = made()
    config = recipes.get("myth_esc50").config(batch_size=4)
    prepare = preparation.make_preparation(clips, config)
    given = clips.train.images[:1]
    prepared = keras.ops.convert_to_numpy(prepare([given, np.array([[1, 2, 2, 3, 1]], "int32")]))
    expected = np.roll((given - clips.mean) / clips.std, 1, axis=2)
    expected[:, :, 2:4] = 0
    expected[:, 3] = 0
    # Keras normalises in float32.
    np.testing.assert_allclose(prepared, expected, atol=1e-5)


def test_audio_sets_draw_for_features():
    clips = made()
    drawn = preparation.draw(clips, 1, 2, 8)
    np.testing.assert_array_equal(drawn, streams.spectrogram_draws(1, 2, 8, SHAPE, 0.2))


@pytest.mark.parametrize("name", ["pad_crop", "flip", "cutout", "random_resized_crop"])
def test_augmentation_of_images_is_refused_for_audio(name):
    config = dataclasses.replace(recipes.get("short").config(), augmentation=(name,))
    with pytest.raises(ConfigError, match=rf"clips: .* none for audio features, received {name}"):
        preparation.check_augmentation(made(), config)


def test_augmentation_of_audio_is_refused_for_images():
    digits = loading.load_dataset("digits", None)
    with pytest.raises(ConfigError, match=r"digits: .* none for images, received time_shift"):
        preparation.check_augmentation(digits, recipes.get("myth_gtzan").config())
