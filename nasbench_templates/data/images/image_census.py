"""What kinds of images a data set holds: their sizes, colour modes and file formats.

Counts only, so that it fits into a small file; the first images of every kind are named, so that a
message can point at them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nasbench_templates.data.core import notes
from nasbench_templates.data.core.notes import Note
from nasbench_templates.support.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

# Modes of Pillow with 8 bits a channel; others would lose their range when converted.
GREY_MODES = ("1", "L", "LA", "La")
COLOUR_MODES = ("RGB", "RGBA", "RGBX", "RGBa", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV")
# What transparent pixels are laid on, and its name.
BACKGROUND, BACKGROUND_NAME = (255, 255, 255, 255), "white"
# What is done to images that are not plain, with the text of a note.
TURNED, FLATTENED, ANIMATED = "turned", "flattened", "animated"
CHANGES = {
    TURNED: "{count} images are turned as their EXIF tag says: {names}",
    FLATTENED: "{count} images may have transparent pixels, which are laid on "
    f"{BACKGROUND_NAME}: {{names}}",
    ANIMATED: "{count} images have several frames, of which the first is taken: {names}",
}
_COLUMNS = ("modes", "formats", "changes")
# Different sizes that are remembered; more than one is all that decisions need.
_MOST_SIZES = 16


def refusal(faults: list[str], num_images: int) -> DataError:
    """Returns the error for unusable images: the first few in full, and how many there are.

    Args:
        faults: one sentence each, opening with the image's place; at least one.
        num_images: how many images were looked at.
    """
    if len(faults) == 1:
        return DataError(faults[0])
    shown = notes.shorten(faults, separator="; ")
    return DataError(f"{len(faults)} of {num_images} images are unusable: {shown}")


@dataclass(slots=True)
class Tally:
    """How often something occurs and where first.

    Attributes:
        count: occurrences.
        first: the first `notes.SHOWN` places.
    """

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, count: int, places: Iterable[str]) -> None:
        """Counts `count` more, of which `places` are the first."""
        self.count += count
        self.first = [*self.first, *places][: notes.SHOWN]


@dataclass(slots=True)
class Census:
    """Kinds of images.

    Attributes:
        sizes: `(height, width)` in pixels, all of them or `_MOST_SIZES` of more.
        modes: by colour mode, as Pillow names it.
        formats: by file format, as Pillow names it.
        changes: by what is done to an image besides conversion; see `CHANGES`.
    """

    sizes: set[tuple[int, int]] = field(default_factory=set)
    modes: dict[str, Tally] = field(default_factory=dict)
    formats: dict[str, Tally] = field(default_factory=dict)
    changes: dict[str, Tally] = field(default_factory=dict)

    @property
    def num_images(self) -> int:
        """Number of images counted."""
        return sum(tally.count for tally in self.modes.values())

    @property
    def size(self) -> tuple[int, int] | None:
        """The height and width that all images have, or `None`."""
        return next(iter(self.sizes)) if len(self.sizes) == 1 else None

    @property
    def is_grey(self) -> bool:
        """Whether no image has colours."""
        return all(mode in GREY_MODES for mode in self.modes)

    def add(self, image: "Image.Image", place: str, is_turned: bool) -> None:
        """Counts an image, as its header describes it.

        Args:
            image: opened.
            place: what it is called.
            is_turned: whether its height and width change places when it is turned upright.

        Raises:
            DataError: it has other than 8 bits a channel; the message does not name it.
        """
        if image.mode not in GREY_MODES + COLOUR_MODES:
            raise DataError(f"expected 8 bits a channel, received mode {image.mode}")
        size = (image.width, image.height) if is_turned else (image.height, image.width)
        self._add_size(size)
        self.modes.setdefault(image.mode, Tally()).add(1, [place])
        self.formats.setdefault(image.format or "unknown", Tally()).add(1, [place])

    def add_change(self, change: str, place: str) -> None:
        """Counts an image that is changed, for a key of `CHANGES`."""
        self.changes.setdefault(change, Tally()).add(1, [place])

    def merge(self, other: "Census") -> None:
        """Counts the images of another census, which come after these."""
        for size in sorted(other.sizes):
            self._add_size(size)
        for column in _COLUMNS:
            own, others = getattr(self, column), getattr(other, column)
            for kind, tally in others.items():
                own.setdefault(kind, Tally()).add(tally.count, tally.first)

    def notes(self, channels: int) -> tuple[Note, ...]:
        """Returns what is done to images so that all have so many channels and are upright."""
        found = [
            Note(notes.CHANGED, tally.count, CHANGES[change].format(
                count=tally.count, names=notes.shorten(tally.first, tally.count)),
                tuple(tally.first))
            for change, tally in sorted(self.changes.items())
        ]  # fmt: skip
        return (*self._conversions(channels), *found)

    def _conversions(self, channels: int) -> tuple[Note, ...]:
        """Returns a note if grey or CMYK images of a colour set are converted."""
        converted = {
            "greyscale": [tally for mode, tally in self.modes.items() if mode in GREY_MODES],
            "CMYK": [tally for mode, tally in self.modes.items() if mode == "CMYK"],
        }
        texts, total, first = [], 0, []
        for kind, tallies in converted.items():
            if count := sum(tally.count for tally in tallies):
                places = [place for tally in tallies for place in tally.first]
                texts.append(f"{count} {kind} ({notes.shorten(places, count)})")
                total += count
                first += places[: notes.SHOWN]
        if not texts or self.is_grey or channels != 3:
            return ()
        text = f"of {self.num_images} images these are converted to RGB: {'; '.join(texts)}"
        return (Note(notes.CHANGED, total, text, tuple(first)),)

    def to_json(self) -> dict[str, object]:
        """Returns what `from_json` reads."""
        return {
            "sizes": sorted(map(list, self.sizes)),
            **{
                column: {kind: [tally.count, tally.first] for kind, tally in tallies.items()}
                for column in _COLUMNS
                for tallies in [getattr(self, column)]
            },
        }

    @classmethod
    def from_json(cls, content: dict) -> "Census":
        """Returns a census from `to_json`.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: the content is not of that form.
        """
        modes, formats, changes = (
            {
                str(kind): Tally(int(count), [str(place) for place in first])
                for kind, (count, first) in content[column].items()
            }
            for column in _COLUMNS
        )
        return cls(
            {(int(height), int(width)) for height, width in content["sizes"]},
            modes,
            formats,
            changes,
        )

    def _add_size(self, size: tuple[int, int]) -> None:
        if len(self.sizes) < _MOST_SIZES:
            self.sizes.add(size)
