"""ESC-50: 2,000 environmental sounds of five seconds in 50 classes and five folds.

Source: K. J. Piczak, "ESC: Dataset for Environmental Sound Classification", ACM Multimedia 2015;
front end, docs/audio.md.
"""

import dataclasses
import functools
from pathlib import Path

from nasbench_templates.data.audio import audio_sets, clip_tables
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.decoding import ClipFormat
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.data.core import dataset, splits
from nasbench_templates.data.formats import folders
from nasbench_templates.data.images.folder_sets import FolderSet

_NAME = "esc50"
_TABLE = Path("meta") / "esc50.csv"
_FOLDS = (1, 2, 3, 4, 5)
# Every clip of the release has exactly five seconds, silence added where a sound is shorter.
_FORMAT = ClipFormat(sample_rate_hz=44_100, seconds=5.0, min_seconds=4.5, recorded_rate_hz=44_100)


def load(data_dir: Path | None, options: AudioOptions | None = None) -> dataset.Dataset:
    """Returns ESC-50 for one round of its cross-validation.

    The chosen fold is the test split, the next one the validation split; with the validation split
    in training the round is the published one, four folds against one. Clips that the table lists
    and the folder lacks are left out with a warning, and classes without any clip too.

    Args:
        data_dir: folder that holds `audio` and `meta/esc50.csv`, itself or in `esc50`, `ESC-50` or
            `ESC-50-master`.
        options: fold, front end and the like.

    Raises:
        DataError: no folder is given, the table is missing or damaged, or some clips cannot be
            used.
        ConfigError: there is no such fold, or the settings make no features.
    """
    options = options or AudioOptions()
    root = _find_root(data_dir)
    table = clip_tables.read(root / _TABLE, root)
    parts, split = table.split_by_fold(options.fold, _NAME)
    clip_set = FolderSet(_NAME, table.classes, *parts, table.notes())
    return audio_sets.load(clip_set, options.extractor(_FORMAT), options.on_error, split)


def _adapt(data_dir: Path | None, options: AudioOptions) -> dataset.DatasetInfo:
    """Returns the description for the front end chosen, with the classes that are there."""
    info = dataclasses.replace(
        _INFO,
        input_shape=options.extractor(_FORMAT).shape,
        load=functools.partial(load, options=options),
    )
    if data_dir is None:
        return info
    root = _find_root(data_dir)
    table = clip_tables.read(root / _TABLE, root)
    parts, _ = table.split_by_fold(options.fold, _NAME)
    return dataclasses.replace(
        info,
        num_images=splits.of_each(lambda part: part.num_images, parts),
        num_classes=len(table.classes),
        split_sizes=info.split_sizes if table.is_whole else None,
        folds=table.fold_numbers,
    )


def _find_root(data_dir: Path | None) -> Path:
    data_dir = folders.required(data_dir, _NAME)
    places = tuple(data_dir / name for name in (_NAME, "ESC-50", "ESC-50-master", "."))
    for place in places:
        if (place / _TABLE).is_file():
            return place
    raise folders.not_found(_NAME, f"{_TABLE} beside audio/", places)


_INFO = dataset.datasets.register(
    _NAME,
    dataset.DatasetInfo(
        name=_NAME,
        subject="environmental sounds",
        input_shape=FrontEnd().shape(_FORMAT.seconds),
        num_classes=50,
        load=load,
        split_sizes=(1_200, 400, 400),
        adapt_audio=_adapt,
        folds=_FOLDS,
    ),
)
