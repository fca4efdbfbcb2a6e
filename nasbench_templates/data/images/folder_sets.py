"""Makes a data set from image files in folders: in memory, or streamed where they are too many."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_templates.data.core import dataset, pixel_statistics, splits, streaming
from nasbench_templates.data.core.labelled_files import LabelledFiles
from nasbench_templates.data.images import image_census, image_decoding, image_headers
from nasbench_templates.data.images.image_census import Census
from nasbench_templates.support.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class FolderSet:
    """Listed files of a data set.

    Attributes:
        name: of the data set.
        classes: class names by label.
        train: files that weights are fitted on.
        validation: files that models and epochs are selected on.
        test: files that are evaluated once.
    """

    name: str
    classes: Sequence[str]
    train: LabelledFiles
    validation: LabelledFiles
    test: LabelledFiles

    @property
    def parts(self) -> tuple[LabelledFiles, LabelledFiles, LabelledFiles]:
        """Train, validation and test."""
        return self.train, self.validation, self.test

    @property
    def files(self) -> LabelledFiles:
        """All files."""
        return functools.reduce(LabelledFiles.join, self.parts)


def load(
    folder_set: FolderSet,
    shape: tuple[int, int, int],
    *,
    statistics: pixel_statistics.Statistics | None = None,
    is_resized: bool = False,
) -> dataset.Dataset:
    """Returns a data set whose images are decoded into memory.

    Args:
        folder_set: its files.
        shape: `(height, width, channels)` of every image.
        statistics: prescribed mean and standard deviation per channel; `None` computes them.
        is_resized: whether images of another size are scaled and cut, or refused.

    Raises:
        DataError: some files cannot be decoded, or have another size and are not resized.
    """
    total = Census()
    parts = []
    for files in folder_set.parts:
        encoded = image_decoding.from_files(files)
        images, census = image_decoding.decode(encoded, shape, is_resized=is_resized)
        parts.append(splits.make_split(images, files.labels))
        total.merge(census)
    total.warn_of_conversions(folder_set.name)
    return dataset.make_dataset(
        folder_set.name, folder_set.classes, tuple(parts), _source(total), statistics
    )


def stream(
    folder_set: FolderSet,
    shape: tuple[int, int, int],
    *,
    statistics: pixel_statistics.Statistics | None = None,
    resize_ratio: float = 1.0,
) -> dataset.Dataset:
    """Returns a data set whose images stay in their files.

    Args:
        folder_set: its files.
        shape: `(height, width, channels)` of every image as given out.
        statistics: prescribed mean and standard deviation per channel; `None` computes them from a
            sample.
        resize_ratio: see `streaming.StreamedSplit`.

    Raises:
        DataError: some files are empty, not images, or of a format that is not streamed.
    """
    census = image_headers.check(folder_set.files)
    for form, tally in census.formats.items():
        if form not in streaming.FORMATS:
            raise DataError(
                f"{folder_set.train.root}: expected files in {', '.join(streaming.FORMATS)}, which "
                f"are decoded during training, received {tally.count} in {form}: "
                f"{image_census.shorten(tally.first, tally.count)}"
            )
    census.warn_of_conversions(folder_set.name)
    parts = tuple(streaming.StreamedSplit(files, shape, resize_ratio) for files in folder_set.parts)
    source = f"{_source(census)}, streamed"
    return dataset.make_dataset(folder_set.name, folder_set.classes, parts, source, statistics)


def _source(census: Census) -> str:
    return f"image folders ({', '.join(sorted(census.formats))})"
