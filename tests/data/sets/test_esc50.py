"""ESC-50's folds, in a small copy of its layout and in the real clips."""

import hashlib
import shutil
from pathlib import Path

import clip_files
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.audio import clip_tables
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.data.core import duplicates
from nasbench_templates.support.errors import ConfigError, DataError

SMALL = FrontEnd(num_bands=8, frames_per_second=4.0)


@pytest.fixture
def folder(tmp_path, cache_folder):
    del cache_folder  # keeps the user's out of the test
    clip_files.write_folds(tmp_path / "ESC-50", seconds=5.0, rate_hz=44_100)
    return tmp_path


def load(folder, **options):
    return loading.load_dataset("esc50", folder, audio=AudioOptions(front_end=SMALL, **options))


def test_chosen_fold_is_tested_and_the_next_validates(folder):
    made = load(folder, fold=4)
    assert made.num_images == (6, 2, 2)
    assert made.classes == ("b", "a")  # by number
    assert made.input_shape == (8, 20, 3)
    assert made.dtype == "float32"
    assert "test fold 4, validation fold 5" in made.source
    assert load(folder, fold=5).source.endswith("test fold 5, validation fold 1")
    assert load(folder).checksum == load(folder, fold=1).checksum


def test_no_fold_leaks_into_training_by_file(folder):
    table = clip_tables.read(folder / "ESC-50/meta/esc50.csv", folder / "ESC-50")
    for fold in range(1, 6):
        (train, validation, test), _ = table.split_by_fold(fold, "esc50")
        names = [set(part.names) for part in (train, validation, test)]
        assert sum(map(len, names)) == len(set.union(*names)) == 10
        assert all(name.startswith(f"audio/{fold}-") for name in test.names)
        assert not any(name.startswith(f"audio/{fold}-") for name in train.names)


def test_no_fold_leaks_into_training_by_content(folder):
    made = load(folder, fold=2)
    assert duplicates.find_duplicates(made.train, made.test) == ()
    assert duplicates.find_duplicates(made.validation, made.test) == ()
    # The comparison does find a clip that is in two folds.
    audio = folder / "ESC-50" / "audio"
    shutil.copy(audio / "2-0-7.wav", audio / "4-0-3.wav")
    assert len(duplicates.find_duplicates(load(folder, fold=2).train, made.test)) == 1


def test_paper_protocol_trains_on_four_folds(folder):
    assert load(folder, fold=1).with_validation_in_training().num_images == (8, 0, 2)


def test_fold_that_is_not_there_is_refused(folder):
    with pytest.raises(ConfigError, match="esc50: expected a fold of 1, 2, 3, 4, 5, received 6"):
        load(folder, fold=6)


def test_missing_clips_are_left_out_with_one_warning(folder, caplog):
    (folder / "ESC-50/audio/1-0-3.wav").unlink()
    assert load(folder, fold=1).num_images == (6, 2, 1)
    texts = [record.getMessage() for record in caplog.records]
    (message,) = [text for text in texts if "listed" in text]
    assert "esc50.csv: 9 of 10 listed clips are there" in message


def test_faulty_clips_are_named_in_one_report_or_left_out(folder, caplog):
    audio = folder / "ESC-50" / "audio"
    (audio / "1-0-3.wav").write_bytes(b"noise")
    (audio / "3-0-3.wav").write_bytes(b"")
    clip_files.write(audio / "4-0-7.wav", 0, seconds=1.0, rate_hz=44_100)
    clip_files.write(audio / "5-0-7.wav", 0, seconds=5.0, rate_hz=22_050)
    report = (
        r"ESC-50: 4 of 10 clips cannot be used: 1 unreadable: audio/1-0-3.wav \(.*\); "
        r"1 empty: audio/3-0-3.wav \(.*\); 1 too short: audio/4-0-7.wav \(.*\); "
        r"1 wrongly sampled: audio/5-0-7.wav \(expected 44100 Hz, received 22050 Hz\)"
    )
    with pytest.raises(DataError, match=report + "; --on_error=skip leaves them out"):
        load(folder, fold=1)
    made = load(folder, fold=1, on_error="skip")
    assert made.num_images == (3, 2, 1)
    assert "4 of 10 clips cannot be used" in caplog.text
    assert made.test.labels.tolist() == [1]  # the clip of class b is gone


def test_description_follows_the_front_end_and_the_folder(folder):
    info = loading.find_info("esc50", None)
    assert (info.input_shape, info.num_classes) == ((128, 250, 3), 50)
    assert info.description == (
        "environmental sounds, 128 x 250 features under 3 windows, 50 classes, "
        "1,200 / 400 / 400 clips"
    )
    own = loading.find_info("esc50", folder, audio=AudioOptions(front_end=SMALL))
    assert (own.input_shape, own.num_classes, own.folds) == ((8, 20, 3), 2, (1, 2, 3, 4, 5))


def test_image_size_is_refused(folder):
    with pytest.raises(ConfigError, match="esc50: expected no image size"):
        loading.find_info("esc50", folder, image_size=64)


def test_choices_for_audio_are_refused_for_images():
    with pytest.raises(ConfigError, match="mnist: expected no folds, clips or features"):
        loading.find_info("mnist", None, audio=AudioOptions(fold=1))


def test_real_clips_split_by_fold_and_no_content_is_shared(data_folder, cache_folder):
    del cache_folder
    root = data_folder / "esc50"
    table = clip_tables.read(root / "meta/esc50.csv", root)
    assert (table.files.num_images, table.num_listed) == (50, 2000)
    assert table.classes[:2] == ("dog", "rooster")
    digests = []
    for fold in range(1, 6):
        (train, validation, test), _ = table.split_by_fold(fold, "esc50")
        assert (train.num_images, validation.num_images) == (30, 10)
        # The name of a clip begins with its fold.
        assert {name.split("/")[1][0] for name in test.names} == {str(fold)}
        assert np.bincount(test.labels).tolist() == [1] * 10
        digests.append({hashlib.sha256(Path(path).read_bytes()).digest() for path in test.paths()})
    assert len(set.union(*digests)) == sum(map(len, digests)) == 50
