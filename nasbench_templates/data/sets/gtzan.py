"""GTZAN: 1,000 clips of 30 seconds in ten genres of music, and what is wrong with some of them.

The set holds repetitions (some across the published split into training and validation), wrong
labels and distortions; B. L. Sturm (arXiv:1306.1461) lists them. `FAULTY` names the clips that the
fault-filtered partition of C. Kereliuk, B. L. Sturm and J. Larsen (arXiv:1507.04761; its lists are
in torchaudio, datasets/gtzan.py) leaves out: 70 of the 1,000, 930 remain. Besides,
`jazz.00054` is unreadable in a common copy, where `--on_error=skip` is needed.

`gtzan` keeps them all, as the published figures do, and says how many are in training and test;
`gtzan_filtered` is the same without them.

Source: G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", IEEE
Transactions on Speech and Audio Processing 10(5), 2002; split and front end, docs/audio.md.
"""

import dataclasses
import functools
from pathlib import Path

import numpy as np

from nasbench_templates.data.audio import audio_sets, decoding
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.decoding import ClipFormat
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.data.core import dataset, notes, splits
from nasbench_templates.data.core.file_search import Skipped
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.formats import folders
from nasbench_templates.data.images import image_folders
from nasbench_templates.data.images.folder_sets import FolderSet

NAME, FILTERED = "gtzan", "gtzan_filtered"
GENRES = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip
# Numbers of clips by genre.
FAULTY = {
    "classical": (42,),
    "country": (8, 52),
    "disco": (38, 50, 51, 55, 60, 71, 98),
    "hiphop": (1, 39, 46, 47, 48, 49, 50, 76),
    "jazz": (33, 34, 35, 36, 37, 38, 39, 40, 42, 43, 44, 45, 46),
    "metal": (4, 34, 40, 41, 42, 43, 44, 45, 58),
    "pop": (15, 21, 22, 30, 37, 45, 47, 48, 51, 52, 54, 56, 57, 67, 68, 87),
    "reggae": (3, 5, 7, 8, 10, 13, 33, 41, 73, 75, 80, 81, 86, 91),
}
# Clips have between 29.9 and 30.6 seconds.
_FORMAT = ClipFormat(sample_rate_hz=22_050, seconds=30.0, min_seconds=29.0, recorded_rate_hz=22_050)


def load(
    data_dir: Path | None, options: AudioOptions | None = None, name: str = NAME
) -> dataset.Dataset:
    """Returns GTZAN.

    The first 80 % of each genre's clips by name are for training, of which one tenth of every genre
    is the validation split; the rest is the test split. With the validation split in training that
    is the published protocol.

    Args:
        data_dir: folder with a folder for every genre, itself or in `gtzan`, `genres`,
            `genres_original` or `gtzan/genres`, `gtzan/genres_original`.
        options: front end and the like.
        name: `"gtzan"`, or `"gtzan_filtered"` without the clips in `FAULTY`.

    Raises:
        DataError: no folder is given, a genre is missing or empty, or some clips cannot be used.
        ConfigError: the settings make no features.
    """
    options = options or AudioOptions()
    root = _find_root(data_dir, name)
    skipped = Skipped()
    files = image_folders.list_part(root, "", GENRES, kind=decoding.CLIPS, skipped=skipped)
    is_faulty = np.array([_is_faulty(each) for each in files.names])
    if name == FILTERED:
        files, is_faulty = files.take(np.flatnonzero(~is_faulty)), is_faulty[~is_faulty]
    training, test = _first_of_each_genre(files)
    remarks = skipped.notes()
    if is_faulty.any():
        text = (
            f"{is_faulty[training].sum()} training and {is_faulty[test].sum()} test clips are "
            f"known to be repeated, mislabelled or distorted; {FILTERED} leaves them out"
        )
        first = tuple(files.names[is_faulty][: notes.SHOWN])
        remarks += (Note(notes.LABELS, int(is_faulty.sum()), text, first),)
    train, validation = splits.hold_out_stratified(files.take(training), root)
    clip_set = FolderSet(name, GENRES, train, validation, files.take(test), remarks)
    split = "first 80 % of each genre for training"
    return audio_sets.load(clip_set, options.extractor(_FORMAT), options.on_error, split)


def _first_of_each_genre(files: LabelledFiles) -> tuple[np.ndarray, np.ndarray]:
    """Returns the rows for training and those for the test."""
    training = [
        row
        for label in range(len(GENRES))
        for rows in [np.flatnonzero(files.labels == label)]
        for row in rows[: len(rows) * 4 // 5]
    ]
    return np.array(training), np.delete(np.arange(files.num_images), training)


def _is_faulty(path: str) -> bool:
    genre, number, *_ = (*Path(path).name.split("."), "")
    return number.isdecimal() and int(number) in FAULTY.get(genre, ())


def _adapt(name: str, data_dir: Path | None, options: AudioOptions) -> dataset.DatasetInfo:
    del data_dir  # shape and classes are always the same
    return dataclasses.replace(
        dataset.datasets.get(name),
        input_shape=options.extractor(_FORMAT).shape,
        load=functools.partial(load, options=options, name=name),
    )


def _find_root(data_dir: Path | None, name: str) -> Path:
    data_dir = folders.required(data_dir, name)
    archives = ("genres", "genres_original")
    names = (NAME, *(f"{NAME}/{each}" for each in archives), *archives, ".")
    places = tuple(data_dir / each for each in names)
    for place in places:
        if (place / GENRES[0]).is_dir():
            return place
    raise folders.not_found(name, f"a folder {GENRES[0]} and those of the other genres", places)


for _name, _subject, _sizes in (
    (NAME, "genres of music", (720, 80, 200)),
    (FILTERED, "genres of music without faulty clips", (666, 74, 190)),
):
    dataset.datasets.register(
        _name,
        dataset.DatasetInfo(
            name=_name,
            subject=_subject,
            input_shape=FrontEnd().shape(_FORMAT.seconds),
            num_classes=len(GENRES),
            load=functools.partial(load, name=_name),
            split_sizes=_sizes,
            adapt_audio=functools.partial(_adapt, _name),
        ),
    )
