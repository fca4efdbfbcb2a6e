"""Classification data sets, of images or audio features: fixed splits, statistics, a checksum.

Nothing here reads a file format, augments or normalises. A data set is one module in
`nasbench_templates/data/sets` that registers a `DatasetInfo`; planning and listing read the
`DatasetInfo` and need no data; `data.loading` finds a set by its name and reads it.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.core import inspection, pixel_statistics, splits
from nasbench_templates.data.core.notes import Note
from nasbench_templates.data.core.splits import AnySplit
from nasbench_templates.data.core.streaming import StreamedSplit
from nasbench_templates.support.errors import ConfigError, DataError
from nasbench_templates.support.registry import Registry


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dataset:
    """A data set with its three splits; build it with `make_dataset`.

    Attributes:
        name: registered name, or that of a folder.
        classes: class names; a label is a position in this tuple.
        train: split that weights are fitted on.
        validation: split that models and epochs are selected on; `None` when it is trained on.
        test: split that is evaluated once, at the end.
        mean: per channel, on the scale of the stored values (pixels 0..255; digits 0..16).
        std: population standard deviation per channel on the same scale, always positive.
        has_prescribed_statistics: whether `mean` and `std` are published constants rather than
            computed from the training split.
        checksum: SHA-256 in hexadecimal over train, validation (if any) and test in this order. A
            split in memory adds images then labels (bytes in C order, little-endian, labels as
            int64); a streamed one adds its image shape and each file's path in the data set, size
            in bytes and label, not the files' content.
        source: kind of file that the images were read from, in one line.
        notes: what its user should know of the data: left out, changed, or looking wrong.
    """

    name: str
    classes: tuple[str, ...]
    train: AnySplit
    validation: AnySplit | None
    test: AnySplit
    mean: tuple[float, ...]
    std: tuple[float, ...]
    has_prescribed_statistics: bool
    checksum: str
    source: str
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        shape, counts = "x".join(map(str, self.input_shape)), self.num_images
        return (
            f"Dataset({self.name}: {shape}, {self.num_classes} classes, {counts[0]:,} to train on, "
            f"{counts[1]:,} for validation, {counts[2]:,} for the test)"
        )

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Shape of one image, `(height, width, channels)`."""
        return self.train.image_shape

    @property
    def dtype(self) -> str:
        """Type of the stored values: `"uint8"` pixels or `"float32"` features."""
        return self.train.dtype

    @property
    def is_audio(self) -> bool:
        """Whether it holds features of audio clips, the only ones that are not pixels."""
        return self.dtype == "float32"

    @property
    def is_streamed(self) -> bool:
        """Whether training images are read from their files again and again."""
        return isinstance(self.train, StreamedSplit)

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def num_images(self) -> tuple[int, int, int]:
        """Number of images in train, validation (0 without one) and test."""
        num_validation = 0 if self.validation is None else self.validation.num_images
        return self.train.num_images, num_validation, self.test.num_images

    def with_validation_in_training(self) -> "Dataset":
        """Returns the set with its validation images behind the training images, and no validation.

        For runs that follow protocols without validation. Statistics that were computed are
        computed again from all images now trained on; prescribed ones stay. The checksum is that of
        the longer training split and the test split, so it differs.
        """
        if self.validation is None:
            return self
        train = self.train.join(self.validation)  # type: ignore[arg-type]  # both are of one kind
        mean, std = self.mean, self.std
        if not self.has_prescribed_statistics:
            mean, std = splits.split_statistics(train)
        return self._with_splits(train, None, self.test, mean=mean, std=std)

    def with_limited_training(self, count: int) -> "Dataset":
        """Returns the set with `count` training images, chosen as by `splits.limited`.

        Validation, test, mean and standard deviation stay; the checksum differs unless `count`
        leaves all images.
        """
        return self._with_splits(splits.limited(self.train, count), self.validation, self.test)

    def with_limited_splits(self, count: int) -> "Dataset":
        """Returns the set with at most `count` images in every split, to try things on."""
        validation = self.validation and splits.limited(self.validation, count)
        return self._with_splits(
            splits.limited(self.train, count), validation, splits.limited(self.test, count)
        )

    def _with_splits(
        self, train: AnySplit, validation: AnySplit | None, test: AnySplit, **changes: Any
    ) -> "Dataset":
        return dataclasses.replace(
            self,
            train=train,
            validation=validation,
            test=test,
            checksum=_checksum((train, validation, test)),
            **changes,
        )


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What is known of a data set without reading its images.

    Attributes:
        name: registered name, or that of a folder.
        subject: what the images show, in a few words.
        input_shape: `(height, width, channels)` of every image.
        num_classes: number of classes.
        load: reads the data set from a folder, or from where it is found by default for `None`;
            raises `DataError` for data that are missing or damaged.
        split_sizes: published numbers of images in train, validation and test, split as here;
            `None` where nothing is published.
        adapt: for sets whose classes or image size are a matter of the files or the user: from a
            folder (or `None`) and an image size in pixels (or `None`) to what is found there;
            raises `DataError`. `None`: the set is always as described here.
        is_streamed: whether its images are always read while training, never held in memory.
        adapt_audio: for sets of audio clips: from a folder (or `None`) and the user's choices to
            what is found there; raises `DataError` and `ConfigError`. `None`: a set of images.
        folds: numbers of the folds for cross-validation; empty where the split is fixed.
        options: what was asked for of images or clips, as JSON; see `loading.find_info`.
        num_images: in train, validation and test, as found in a folder; `None` where that is not
            known before the images are read.
        official_checksum: of the data set as read from its official files, where these have
            published checksums; `None` where it is not known.
    """

    name: str
    subject: str
    input_shape: tuple[int, int, int]
    num_classes: int
    load: Callable[[Path | None], Dataset]
    split_sizes: tuple[int, int, int] | None = None
    adapt: "Callable[[Path | None, int | None], DatasetInfo] | None" = None
    is_streamed: bool = False
    adapt_audio: "Callable[[Path | None, AudioOptions], DatasetInfo] | None" = None
    folds: tuple[int, ...] = ()
    options: str = "{}"
    num_images: tuple[int, int, int] | None = None
    official_checksum: str | None = None

    @property
    def is_audio(self) -> bool:
        """Whether it holds audio features instead of images."""
        return self.adapt_audio is not None

    @property
    def description(self) -> str:
        """One line for listings: subject, image size, classes and published split sizes."""
        height, width, channels = self.input_shape
        kind = {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
        if self.is_audio:
            kind = f"features under {channels} windows"
        line = f"{self.subject}, {height} x {width} {kind}, {self.num_classes} classes"
        if self.split_sizes is None:
            return line
        return f"{line}, {sizes_text(self.split_sizes, is_audio=self.is_audio)}"


datasets: Registry[DatasetInfo] = Registry(
    "data set",
    "nasbench_templates.data.sets",
    "nasbench_templates.datasets",
    ignores_case=False,
)


def sizes_text(sizes: Sequence[int], *, is_audio: bool) -> str:
    """Returns how many images or clips the parts of a set have, for people."""
    return f"{' / '.join(f'{size:,}' for size in sizes)} {'clips' if is_audio else 'images'}"


def check_no_audio(name: str, audio: AudioOptions | None) -> None:
    """Checks that nothing was chosen about the clips of a set of images.

    Raises:
        ConfigError: something was.
    """
    if audio not in (None, AudioOptions()):
        raise ConfigError(
            f"{name}: expected no folds, clips or features for a set of images, received {audio}"
        )


def make_dataset(
    name: str,
    classes: Sequence[str],
    parts: tuple[AnySplit, AnySplit, AnySplit],
    source: str,
    statistics: pixel_statistics.Statistics | None = None,
    *,
    notes: Sequence[Note] = (),
    places: Sequence[Sequence[str] | np.ndarray] | None = None,
) -> Dataset:
    """Returns a checked data set with its statistics and checksum.

    Args:
        name: registered name.
        classes: class names by label.
        parts: train, validation and test.
        source: kind of file that the images come from, in one line.
        statistics: mean and standard deviation per channel where a benchmark prescribes them;
            `None` computes them from the training split.
        notes: on the files; those of `inspection` follow.
        places: what each image is called, by part; `None`: its row.

    Raises:
        DataError: a label has no class, nothing can be learned, the splits differ in image shape or
            type, or the number of statistics is not the number of channels.
    """
    train, validation, test = parts
    for split_name, split in zip(("train", "validation", "test"), parts, strict=True):
        where = f"{name} {split_name}"
        splits.check_labels(split.labels, len(classes), where)
        if split.image_shape != train.image_shape:
            raise DataError(
                f"{where}: expected images of shape {train.image_shape} as in train, "
                f"received {split.image_shape}"
            )
        if split.dtype != train.dtype:
            raise DataError(
                f"{where}: expected {train.dtype} values as in train, received {split.dtype}"
            )
    found = inspection.inspect(name, classes, parts, places)
    mean, std = statistics or splits.split_statistics(train)
    channels = train.image_shape[-1]
    if (len(mean), len(std)) != (channels, channels):
        raise DataError(
            f"{name}: expected {channels} means and standard deviations, one per channel, "
            f"received {len(mean)} and {len(std)}"
        )
    return Dataset(
        name=name,
        classes=tuple(classes),
        train=train,
        validation=validation,
        test=test,
        mean=mean,
        std=std,
        has_prescribed_statistics=statistics is not None,
        checksum=_checksum(parts),
        source=source,
        notes=(*notes, *found),
    )


def _checksum(parts: Sequence[AnySplit | None]) -> str:
    digest = hashlib.sha256()
    for split in parts:
        if split is not None:
            split.feed(digest)
    return digest.hexdigest()
