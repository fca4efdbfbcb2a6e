"""GTZAN's split, and its clips that are known to be faulty."""

import dataclasses

import clip_files
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.data.sets import gtzan
from nasbench_templates.support.errors import ConfigError, DataError

# Half a second in place of thirty: the split does not depend on it.
OPTIONS = AudioOptions(
    front_end=FrontEnd(num_bands=4, frames_per_second=4.0), clip_seconds=0.5, on_error="skip"
)


@pytest.fixture
def folder(tmp_path, cache_folder):
    del cache_folder
    for genre in gtzan.GENRES:
        for number in range(30, 40):
            path = tmp_path / "genres" / genre / f"{genre}.{number:05}.wav"
            clip_files.write(path, [gtzan.GENRES.index(genre), number], rate_hz=22_050)
    return tmp_path


def test_first_four_fifths_of_each_genre_are_for_training(folder, caplog):
    made = loading.load_dataset("gtzan", folder, audio=OPTIONS)
    assert made.num_images == (72, 8, 20)
    assert sorted(made.test.labels) == [label for label in range(10) for _ in range(2)]
    # Of the numbers 30 to 39, the first eight of which are for training: disco 38, hiphop 39,
    # jazz 33 to 39, metal 34, pop 30 and 37, reggae 33.
    assert "9 training and 4 test clips are known to be repeated" in caplog.text


@pytest.mark.parametrize("changes", [{"fold": 7}, {"sample_rate_hz": 0}])
def test_what_the_set_does_not_have_is_refused(folder, changes):
    options = dataclasses.replace(OPTIONS, **changes)
    with pytest.raises(ConfigError, match=r"expected (no --fold|a sample rate above 0 Hz)"):
        loading.find_info("gtzan", folder, audio=options)


def test_filtered_set_lacks_the_faulty_clips(folder, caplog):
    made = loading.load_dataset("gtzan_filtered", folder, audio=OPTIONS)
    # 13 of 100 clips are left out; of 10, 9, 9, 3, 9, 8 and 9 the first 4/5 are for training.
    assert sum(made.num_images) == 87
    assert made.num_images[2] == 2 * 4 + 2 + 2 + 1 + 2 + 2 + 2
    assert "known to be repeated" not in caplog.text


def test_seventy_clips_are_known_to_be_faulty():
    assert sum(map(len, gtzan.FAULTY.values())) == 70  # 1,000 less 930
    assert set(gtzan.FAULTY) < set(gtzan.GENRES)


def test_unreadable_clip_is_left_out_without_moving_the_split(folder, caplog):
    before = loading.load_dataset("gtzan", folder, audio=OPTIONS)
    (folder / "genres/jazz/jazz.00038.wav").write_bytes(b"damaged")
    after = loading.load_dataset("gtzan", folder, audio=OPTIONS)
    assert after.num_images == (72, 8, 19)
    assert after.train.images.tobytes() == before.train.images.tobytes()
    assert "1 unreadable: jazz/jazz.00038.wav" in caplog.text


def test_missing_genre_is_named(folder):
    for path in (folder / "genres/rock").iterdir():
        path.unlink()
    (folder / "genres/rock").rmdir()
    with pytest.raises(DataError, match="expected 10 class folders, missing rock"):
        loading.load_dataset("gtzan", folder)


def test_published_shape_and_sizes():
    info = loading.find_info("gtzan", None)
    assert (info.input_shape, info.num_classes) == ((128, 1500, 3), 10)
    assert info.split_sizes == (720, 80, 200)
