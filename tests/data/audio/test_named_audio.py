"""Audio sets of the user's own: class folders and tables."""

import dataclasses

import clip_files
import image_files
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.support.errors import ConfigError, DataError, UnknownNameError

SMALL = FrontEnd(num_bands=4, frames_per_second=8.0)
OPTIONS = AudioOptions(front_end=SMALL)


@pytest.fixture(autouse=True)
def _own_cache(cache_folder):
    """Keeps the user's cache out of the tests."""


def write_classes(root, count=10, **kwargs):
    for seed, name in enumerate(("knock", "bell")):
        for number in range(count):
            clip_files.write(root / name / f"{number}.wav", [seed, number], **kwargs)


def load(folder, options=OPTIONS):
    return loading.load_dataset("sounds", folder, audio=options)


def test_class_folders_with_audio_are_an_audio_set(tmp_path):
    write_classes(tmp_path / "sounds")
    info = loading.find_info("sounds", tmp_path, audio=OPTIONS)
    assert info.is_audio
    made = load(tmp_path)
    # One tenth of 20 for the test, one tenth of the other 18 for validation.
    assert made.num_images == (17, 1, 2)
    assert made.classes == ("bell", "knock")
    assert made.input_shape == (4, 4, 3)  # 8 frames a second, half a second
    assert "0.5 s at 8000 Hz" in made.source


def test_own_test_part_is_used(tmp_path):
    write_classes(tmp_path / "train")
    write_classes(tmp_path / "test", count=3)
    assert load(tmp_path).num_images == (18, 2, 6)


def test_table_without_folds(tmp_path):
    rows = [{"file": f"{n}.wav", "label": "odd" if n % 2 else "even"} for n in range(20)]
    for row in rows:
        clip_files.write(tmp_path / row["file"], int(row["file"][:-4]))
    clip_files.write_table(tmp_path / "list.csv", rows)
    made = load(tmp_path)
    assert made.num_images == (17, 1, 2)
    assert made.classes == ("even", "odd")


def test_a_table_of_spreadsheets_is_read(tmp_path):
    for number in range(20):
        clip_files.write(tmp_path / f"{number}.wav", number)
    rows = [f"{number}.wav;{'xy'[number % 2]}" for number in range(20)]
    (tmp_path / "list.csv").write_text("\n".join(["Filename; Label", *rows]) + "\n")
    assert load(tmp_path).classes == ("x", "y")


def test_table_with_folds_is_cross_validated(tmp_path):
    clip_files.write_folds(tmp_path, table="list.csv", folds=3)
    info = loading.find_info("sounds", tmp_path, audio=OPTIONS)
    assert info.folds == (1, 2, 3)
    made = load(tmp_path, AudioOptions(front_end=SMALL, fold=3))
    assert made.num_images == (2, 2, 2)
    assert made.source.endswith("test fold 3, validation fold 1")


def test_fold_without_folds_is_refused(tmp_path):
    write_classes(tmp_path)
    with pytest.raises(ConfigError, match="sounds: expected no --fold, it has no folds"):
        load(tmp_path, AudioOptions(front_end=SMALL, fold=1))


def test_clips_that_differ_need_a_rate_and_a_length(tmp_path):
    write_classes(tmp_path)
    clip_files.write(tmp_path / "bell" / "0.wav", 0, seconds=0.75, rate_hz=16_000)
    with pytest.raises(ConfigError, match=r"--sample_rate_hz=HZ .* of 8000 to 16000 Hz"):
        load(tmp_path)
    with pytest.raises(ConfigError, match=r"--clip_seconds=SECONDS .* of 0.5 to 0.75 s"):
        load(tmp_path, AudioOptions(front_end=SMALL, sample_rate_hz=8000))
    chosen = AudioOptions(front_end=SMALL, sample_rate_hz=8000, clip_seconds=1.0)
    assert load(tmp_path, chosen).input_shape == (4, 8, 3)


def test_clip_shorter_than_the_transform_is_too_short(tmp_path):
    write_classes(tmp_path)
    clip_files.write(tmp_path / "bell" / "0.wav", 0, seconds=0.09)
    chosen = AudioOptions(front_end=SMALL, clip_seconds=0.5)
    with pytest.raises(DataError, match=r"1 of 20 clips .* too short: bell/0\.wav"):
        load(tmp_path, chosen)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"file": "a.wav", "label": "x"}] * 2, "every file once, .* several times: a.wav"),
        ([{"file": "gone.wav", "label": "x"}], "its files in .*, found none"),
        (
            [
                {"file": "a.wav", "label": "x", "target": 1},
                {"file": "b.wav", "label": "x", "target": 2},
            ],
            r"one target for class x, received \['1', '2'\]",
        ),
        ([{"file": "a.wav", "label": "x", "fold": "first"}], "numbers in column fold"),
        ([{"file": "a.wav", "label": " "}], "a class in column label of every clip, found none"),
        (
            [{"file": "a.wav", "label": "x"}, {"file": "b.wav", "label": "x "}],
            "more than the blanks around them, received 'x' and 'x '",
        ),
        ([{"file": "/elsewhere/a.wav", "label": "x"}], "below the data set's folder .*elsewhere"),
    ],
)
def test_tables_that_cannot_be_meant_are_refused(tmp_path, rows, message):
    for name in ("a.wav", "b.wav"):
        clip_files.write(tmp_path / name, 0)
    clip_files.write_table(tmp_path / "list.csv", rows)
    with pytest.raises(DataError, match=rf"list\.csv: expected .*{message}"):
        load(tmp_path)


def test_two_tables_are_refused(tmp_path):
    clip_files.write_folds(tmp_path, table="one.csv", folds=3)
    clip_files.write_folds(tmp_path, table="meta/two.csv", folds=3)
    with pytest.raises(DataError, match=r"expected one table of clips, received 2: .*one\.csv"):
        load(tmp_path)


def test_images_beside_a_table_of_images_stay_images(tmp_path):
    image_files.write_classes(tmp_path / "photos", ("cat", "dog"), count=10)
    rows = [{"filename": "cat/0.png", "label": "cat"}]
    clip_files.write_table(tmp_path / "photos" / "list.csv", rows)
    assert not loading.find_info("photos", tmp_path).is_audio


def test_unknown_name_tells_of_tables_of_audio_files(tmp_path):
    with pytest.raises(UnknownNameError, match="a CSV table of audio files"):
        loading.find_info("sounds", tmp_path)


def test_other_formats_and_folders_below_the_classes_are_read(tmp_path):
    write_classes(tmp_path)
    samples = np.random.default_rng(0).random(4000) - 0.5
    (tmp_path / "bell" / "more").mkdir()
    for form, name in (("FLAC", "more/a.flac"), ("AIFF", "b.aif"), ("WAV", "without_ending")):
        clip_files.soundfile.write(tmp_path / "bell" / name, samples, 8000, format=form)
    clip_files.soundfile.write(tmp_path / "bell" / "c.mp3", samples, 8000, format="MP3")
    (tmp_path / "bell" / "cover.jpg").write_bytes(b"a picture")
    made = load(tmp_path, dataclasses.replace(OPTIONS, clip_seconds=0.5))
    assert sum(made.num_images) == 24
    (text,) = [note.text for note in made.notes if note.kind == "skipped"]
    assert text == "1 files or folders were left out: 1 no audio (bell/cover.jpg)"


def test_whole_paths_below_the_folder_and_folders_below_it_are_read(tmp_path):
    names = [f"{'sub/' if number % 3 else ''}{number}.wav" for number in range(20)]
    rows = [
        {"path": str(tmp_path / name), "label": ("knock", "bell")[place % 2]}
        for place, name in enumerate(names)
    ]
    clip_files.write_table(tmp_path / "clips.csv", rows)
    for number, name in enumerate([*names, "sub/0.wav"]):
        clip_files.write(tmp_path / name, number)
    made = load(tmp_path)
    assert sum(made.num_images) == 20
    (text,) = [note.text for note in made.notes if note.kind == "skipped"]
    # Its name is that of a listed one elsewhere.
    assert text.endswith("(sub/0.wav)")


def test_whole_paths_below_a_link_to_the_folder_are_read(tmp_path, monkeypatch):
    rows = [
        {"path": str(tmp_path / "set" / f"{number}.wav"), "label": "xy"[number % 2]}
        for number in range(20)
    ]
    for number in range(20):
        clip_files.write(tmp_path / "set" / f"{number}.wav", number)
    clip_files.write_table(tmp_path / "set" / "clips.csv", rows)
    (tmp_path / "link").symlink_to(tmp_path / "set")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for folder in (tmp_path / "link", "../set"):
        assert sum(load(folder).num_images) == 20


def test_a_length_that_tips_half_a_frame_makes_features(tmp_path):
    write_classes(tmp_path, seconds=1.2, rate_hz=11_025)
    front_end = FrontEnd(num_bands=4, frames_per_second=50.0)
    made = load(tmp_path, AudioOptions(front_end=front_end, clip_seconds=1.15))
    assert made.input_shape == made.train.images.shape[1:]


def test_clips_beside_the_listed_ones_are_told(tmp_path):
    rows = [
        {"filename": f"{number}.wav", "class": ("knock", "bell")[number % 2]}
        for number in range(20)
    ]
    clip_files.write_table(tmp_path / "clips.csv", rows)
    for number in range(21):
        clip_files.write(tmp_path / "audio" / f"{number}.wav", number)
    (text,) = [note.text for note in load(tmp_path).notes if note.kind == "skipped"]
    assert text.startswith("1 clips were left out: 1 not listed in ")
    assert text.endswith("(20.wav)")
