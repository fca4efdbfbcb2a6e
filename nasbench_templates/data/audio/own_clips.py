"""Sets of the user's own audio clips: class folders, or a CSV table.

The layouts of class folders are those of images; see `images.own_sets`. A table lists every clip
once, in the folder or its subfolder `audio`; see `clip_tables`. With a column `fold` of at least
three folds a set is cross-validated, else one tenth of every class is the test split and one tenth
of the rest the validation split.
"""

from collections.abc import Iterable
from pathlib import Path

from nasbench_templates.data.audio import audio_sets, clip_tables, decoding
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.clip_tables import ClipTable
from nasbench_templates.data.audio.decoding import ClipError, ClipFormat
from nasbench_templates.data.core import arrangement, dataset, file_search, splits
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import folder_sets, image_folders
from nasbench_templates.data.images.folder_sets import FolderSet
from nasbench_templates.support.errors import ConfigError, DataError

# Folders that may hold the table, below the data set's.
_TABLE_FOLDERS = (".", "meta")
# Clips are taken for equally long below this difference.
_TOLERANCE_SECONDS = 0.05


def holds_clips(root: Path) -> bool:
    """Returns whether a folder has a table of clips, or more audio than images in class folders.

    Args:
        root: the data set's folder; need not exist.
    """
    if _tables(root):
        return True
    top = root / "train" if image_folders.class_names(root / "train") else root
    clips, images = (
        sum(file_search.count(top / each, kind) for each in image_folders.class_names(top))
        for kind in (decoding.CLIPS, image_folders.IMAGES)
    )
    return clips > images


def find_info(
    name: str, root: Path, image_size: int | None, options: AudioOptions
) -> dataset.DatasetInfo:
    """Returns what is known of a set after a look at the headers of its clips.

    Args:
        name: of the data set.
        root: folder with what `holds_clips` found.
        image_size: must be `None`.
        options: front end, length and the like. Clips that differ in rate or length need one.

    Raises:
        ConfigError: an image size; clips of different rates or
            lengths and no choice of one; settings that make no features.
        DataError: several tables, a damaged one, a class folder that is empty, or no clip that can
            be read.
    """
    if image_size is not None:
        raise ConfigError(f"{name}: expected no image size for audio, received {image_size}")
    tables = _tables(root)
    if len(tables) > 1:
        raise DataError(
            f"{root}: expected one table of clips, received {len(tables)}: "
            f"{', '.join(map(str, tables))}"
        )
    table = clip_tables.read(tables[0], root) if tables else None
    folds = table.fold_numbers if table and len(table.fold_numbers) >= 3 else ()
    if table is not None and folds:
        clip_set, split = _folded(name, table, options.fold)
    else:
        clip_set, split = _arranged(name, root, table)
    extractor = options.extractor(_common_format(name, clip_set.files, options))

    def load(data_dir: Path | None) -> dataset.Dataset:
        del data_dir  # the files are listed already
        return audio_sets.load(clip_set, extractor, options.on_error, split)

    return dataset.DatasetInfo(
        name=name,
        subject="audio clips of your own",
        input_shape=extractor.shape,
        num_classes=len(clip_set.classes),
        load=load,
        adapt_audio=lambda data_dir, choices: find_info(name, root, None, choices),
        folds=folds,
        num_images=splits.of_each(lambda part: part.num_images, clip_set.parts),
    )


def _folded(name: str, table: ClipTable, fold: int | None) -> tuple[FolderSet, str]:
    """Returns the files by part and how they were split, by a table's folds."""
    parts, split = table.split_by_fold(fold, name)
    return FolderSet(name, table.classes, *parts, table.notes()), split


def _arranged(name: str, root: Path, table: ClipTable | None) -> tuple[FolderSet, str]:
    """Returns the same for a table without folds, or for class folders."""
    if table is not None:
        parts = arrangement.arrange(root, lambda part: False, lambda part: table.files)
        return FolderSet(name, table.classes, *parts, table.notes()), "tenths by class"
    return folder_sets.find(name, root, decoding.CLIPS), "class folders"


def _tables(root: Path) -> list[Path]:
    places = (root / folder for folder in _TABLE_FOLDERS)
    found = (path for place in places for path in sorted(place.glob("*.csv")))
    return [path for path in found if clip_tables.is_table(path)]


def _common_format(name: str, files: LabelledFiles, options: AudioOptions) -> ClipFormat:
    """Returns rate and length: those chosen, else those that all clips have."""
    rate_hz, seconds = options.sample_rate_hz, options.clip_seconds
    if rate_hz is None or seconds is None:
        headers = list(_headers(files))
        if not headers:
            raise DataError(f"{files.root}: expected clips that can be read, found none")
        rates, lengths = (sorted(set(column)) for column in zip(*headers, strict=True))
        if rate_hz is None:
            rate_hz = int(_common(name, "--sample_rate_hz=HZ", "Hz", rates, 0))
        if seconds is None:
            seconds = _common(name, "--clip_seconds=SECONDS", "s", lengths, _TOLERANCE_SECONDS)
    # Shorter clips than half an FFT would be more padding than sound to the front end.
    limit = min(options.front_end.fft_ms / 1000, seconds)
    return ClipFormat(rate_hz, seconds, min_seconds=limit)


def _common(name: str, flag: str, unit: str, values: list, tolerance: float) -> float:
    if values[-1] - values[0] > tolerance:
        raise ConfigError(
            f"{name}: expected {flag} for clips that differ, received clips of {values[0]:g} to "
            f"{values[-1]:g} {unit}"
        )
    return values[-1]


def _headers(files: LabelledFiles) -> Iterable[tuple[int, float]]:
    for path in files.paths():
        try:
            yield decoding.read_header(Path(path))
        except ClipError:
            continue  # named with all the others when the clips are read
