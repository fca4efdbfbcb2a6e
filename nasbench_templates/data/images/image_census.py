"""What kinds of images a data set holds: their sizes, colour modes and file formats.

Counts only, so that it fits into a small file; the first images of every kind are named, so that a
message can point at them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from absl import logging

from nasbench_templates.support.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

# Modes of Pillow with 8 bits a channel; others would lose their range when converted.
GREY_MODES = ("1", "L", "LA", "La")
COLOUR_MODES = ("RGB", "RGBA", "RGBX", "RGBa", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV")
# Names that a message lists before it only counts.
SHOWN = 3
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
    return DataError(
        f"{len(faults)} of {num_images} images are unusable: {shorten(faults, separator='; ')}"
    )


def shorten(names: Iterable[str], count: int | None = None, separator: str = ", ") -> str:
    """Returns the first few names and how many follow.

    Args:
        names: at least as many as are shown.
        count: how many there are where `names` does not hold all.
        separator: between names.

    Example:
        >>> shorten(["a", "b", "c", "d", "e"])
        'a, b, c and 2 more'
    """
    names = list(names)
    rest = (len(names) if count is None else count) - SHOWN
    shown = separator.join(names[:SHOWN])
    return f"{shown} and {rest} more" if rest > 0 else shown


@dataclass(slots=True)
class Tally:
    """How often something occurs and where first.

    Attributes:
        count: occurrences.
        first: the first `SHOWN` places.
    """

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, count: int, places: Iterable[str]) -> None:
        """Counts `count` more, of which `places` are the first."""
        self.count += count
        self.first = [*self.first, *places][:SHOWN]


@dataclass(slots=True)
class Census:
    """Kinds of images.

    Attributes:
        sizes: `(height, width)` in pixels, all of them or `_MOST_SIZES` of more.
        modes: by colour mode, as Pillow names it.
        formats: by file format, as Pillow names it.
    """

    sizes: set[tuple[int, int]] = field(default_factory=set)
    modes: dict[str, Tally] = field(default_factory=dict)
    formats: dict[str, Tally] = field(default_factory=dict)

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

    def add(self, image: "Image.Image", place: str) -> None:
        """Counts an image.

        Raises:
            DataError: it has other than 8 bits a channel; the message does not name it.
        """
        if image.mode not in GREY_MODES + COLOUR_MODES:
            raise DataError(f"expected 8 bits a channel, received mode {image.mode}")
        self._add_size((image.height, image.width))
        self.modes.setdefault(image.mode, Tally()).add(1, [place])
        self.formats.setdefault(image.format or "unknown", Tally()).add(1, [place])

    def merge(self, other: "Census") -> None:
        """Counts the images of another census, which come after these."""
        for size in sorted(other.sizes):
            self._add_size(size)
        for own, others in ((self.modes, other.modes), (self.formats, other.formats)):
            for kind, tally in others.items():
                own.setdefault(kind, Tally()).add(tally.count, tally.first)

    def warn_of_conversions(self, name: str) -> None:
        """Logs one warning if grey or CMYK images of a colour data set are converted."""
        converted = {
            "greyscale": [tally for mode, tally in self.modes.items() if mode in GREY_MODES],
            "CMYK": [tally for mode, tally in self.modes.items() if mode == "CMYK"],
        }
        texts = []
        for kind, tallies in converted.items():
            if count := sum(tally.count for tally in tallies):
                places = [place for tally in tallies for place in tally.first]
                texts.append(f"{count} {kind} ({shorten(places, count)})")
        if texts and not self.is_grey:
            logging.warning("%s: of %d images these are converted to RGB: %s", name,
                            self.num_images, "; ".join(texts))  # fmt: skip

    def to_json(self) -> dict[str, object]:
        """Returns what `from_json` reads."""
        return {
            "sizes": sorted(map(list, self.sizes)),
            **{
                column: {kind: [tally.count, tally.first] for kind, tally in tallies.items()}
                for column, tallies in (("modes", self.modes), ("formats", self.formats))
            },
        }

    @classmethod
    def from_json(cls, content: dict) -> "Census":
        """Returns a census from `to_json`.

        Raises:
            ValueError, TypeError, KeyError, AttributeError: the content is not of that form.
        """
        modes, formats = (
            {
                str(kind): Tally(int(count), [str(place) for place in first])
                for kind, (count, first) in content[column].items()
            }
            for column in ("modes", "formats")
        )
        return cls(
            {(int(height), int(width)) for height, width in content["sizes"]}, modes, formats
        )

    def _add_size(self, size: tuple[int, int]) -> None:
        if len(self.sizes) < _MOST_SIZES:
            self.sizes.add(size)
