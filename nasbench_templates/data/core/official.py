"""Whether data that were read under a known name are that data set's.

Where the official files have published checksums, they decide; else the number of images does. A
part of a data set is one too, and is called a part; more images than the data set has is an error.
"""

from nasbench_templates.data.core import notes
from nasbench_templates.data.core.dataset import Dataset, DatasetInfo, datasets, sizes_text
from nasbench_templates.data.core.notes import Note
from nasbench_templates.support.errors import DataError


def check(dataset: Dataset, info: DatasetInfo) -> tuple[Note, ...]:
    """Returns what there is to say of a data set that was read under a registered name.

    Args:
        dataset: as it was read.
        info: as it is registered.

    Raises:
        DataError: there are more images than the data set has.
    """
    if info.split_sizes is not None and sum(dataset.num_images) > sum(info.split_sizes):
        raise DataError(
            f"{info.name}: expected {sum(info.split_sizes):,} images in all, received "
            f"{sum(dataset.num_images):,}: files of several uploads, or of another data set; give "
            "one of your own another name"
        )
    if info.official_checksum is not None:
        return (_by_checksum(dataset, info),)
    if any(note.kind == notes.OFFICIAL for note in dataset.notes):
        return ()
    return _by_totals(dataset, info)


def _by_checksum(dataset: Dataset, info: DatasetInfo) -> Note:
    if dataset.checksum == info.official_checksum:
        return Note(notes.OFFICIAL, 0, "the official files", is_expected=True)
    own = next(
        (name for name in datasets if datasets.get(name).official_checksum == dataset.checksum),
        None,
    )
    count = sum(dataset.num_images)
    received = f"they are those of {own}" if own else f"received {_sizes(dataset)}"
    return Note(notes.OFFICIAL, count, f"not the official files of {info.name}: {received}")


def _by_totals(dataset: Dataset, info: DatasetInfo) -> tuple[Note, ...]:
    if info.split_sizes in (None, dataset.num_images):
        return ()
    text = (
        f"not the official data set of {info.name}: expected {_sizes(info)} of "
        f"{info.num_classes} classes, received {_sizes(dataset)} of {dataset.num_classes}"
    )
    return (Note(notes.OFFICIAL, sum(dataset.num_images), text),)


def _sizes(known: Dataset | DatasetInfo) -> str:
    sizes = known.num_images if isinstance(known, Dataset) else known.split_sizes or ()
    return sizes_text(sizes, is_audio=known.is_audio)
