"""Makes a data set of feature maps from listed audio files; nothing here knows how they are listed.

The maps are float32 arrays `(bands, frames, windows)` and take the place of images.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nasbench_templates.data.audio import extraction
from nasbench_templates.data.audio.audio_options import OnError
from nasbench_templates.data.audio.decoding import ClipError
from nasbench_templates.data.audio.extraction import Extractor, Fault
from nasbench_templates.data.core import dataset, notes, parallel, splits
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.images.folder_sets import FolderSet
from nasbench_templates.support.errors import DataError

# Clips that a thread works on at a time: a clip takes as long as some hundred small images.
_CHUNK = 4


def load(
    clip_set: FolderSet, extractor: Extractor, on_error: OnError, split: str
) -> dataset.Dataset:
    """Returns a data set with the features of all clips in memory.

    Which part a clip belongs to is settled before any is read, so that leaving out faulty clips
    moves no other one.

    Args:
        clip_set: listed files.
        extractor: computes the features of a clip.
        on_error: what happens to clips that cannot be used.
        split: how the parts were chosen, in a few words, for the source.

    Raises:
        DataError: some clips cannot be used and `on_error` is `"fail"`, or none of a part are left.
        ConfigError: the settings do not fit the clips, or a library is missing.
    """
    extracted = splits.of_each(lambda files: (files, *_extract(files, extractor)), clip_set.parts)
    faults = [fault for *_, part_faults in extracted for fault in part_faults.values()]
    root = clip_set.train.root
    remarks: tuple[Note, ...] = ()
    if faults:
        report = extraction.report(faults, clip_set.files.num_images)
        if on_error == "fail":
            raise DataError(f"{root}: {report}; --on_error=skip leaves them out")
        names = tuple(fault.name for fault in faults[: notes.SHOWN])
        remarks = (Note(notes.SKIPPED, len(faults), f"{report}; left out", names),)
    parts = splits.of_each(lambda found: _usable(*found), extracted)
    front_end, form = extractor.front_end, extractor.form
    source = f"audio, {front_end.kind} of {form.seconds:g} s at {form.sample_rate_hz} Hz, {split}"
    return dataset.make_dataset(
        clip_set.name, clip_set.classes, parts, source, notes=(*clip_set.notes, *remarks)
    )


def _extract(files: LabelledFiles, extractor: Extractor) -> tuple[np.ndarray, dict[int, Fault]]:
    """Returns features `(clips, *shape)` and the faults by row."""
    paths = files.paths()
    features = np.zeros((len(paths), *extractor.shape), np.float32)

    def work(rows: Sequence[int]) -> dict[int, Fault]:
        faults = {}
        for row in rows:
            try:
                features[row] = extractor.extract(Path(paths[row]))
            except ClipError as error:
                faults[row] = Fault(files.names[row], error.kind, error.detail)
        return faults

    found = parallel.map_chunks(len(paths), work, "reading clips", unit="clip", chunk=_CHUNK)
    return features, {row: fault for faults in found for row, fault in faults.items()}


def _usable(
    files: LabelledFiles, features: np.ndarray, faults: Mapping[int, Fault]
) -> splits.Split:
    labels = files.labels
    if faults:
        faulty_rows = sorted(faults)
        features, labels = (np.delete(each, faulty_rows, axis=0) for each in (features, labels))
    if not len(labels):
        raise DataError(f"{files.root}: expected usable clips in every part, one has none")
    return splits.make_split(features, labels)
