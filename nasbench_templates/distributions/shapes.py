"""Distributions between and beyond the templates a to e, by four numbers.

    shape(turn=0.4,rise=1,fall=0.5,curve=0)

is a template's name like any other: it is matched to a budget, stored and found again by it.

>>> from nasbench_templates.distributions.template import templates
>>> templates.get("shape(turn=1, fall=0.30)").name
'shape(turn=1,rise=1,fall=0.3,curve=0)'
>>> templates.get("shape(turn=0.5,rise=1,fall=0.5)").filters((16,) * 5, peak=116)
(16, 66, 116, 91, 66)
"""

import dataclasses
import decimal
import functools
import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from nasbench_templates.distributions.template import PeakTemplate, template_family
from nasbench_templates.support.errors import ConfigError

FAMILY = "shape"
# Finer steps change no width of any network, and would make names long.
_MOST_DIGITS = 6


def _parameter(meaning: str, low: int, high: int, default: str) -> Decimal:
    return dataclasses.field(
        default=Decimal(default), metadata={"help": meaning, "low": low, "high": high}
    )


@dataclass(frozen=True, slots=True)
class ShapeParameters:
    """The numbers of a shape, exact decimals; each field's `help` says what it means.

    With slots i = 0 .. D-1 and the turning point t = min(D-1, floor(turn * D)), a slot's raw height
    is `-slope * (1 - b(u))`, where slope is `rise` up to t and `fall` after it, u runs from 0 at
    the slot's end of the network to 1 at t, and `b(u) = (1 - curve) u + curve u^2`. Raw heights are
    moved so that the largest is 1 and, where they span more than 1, divided by their span; a width
    is `n_min + (peak - n_min) * height`, rounded to the nearest, ties to even.

    Raises:
        ConfigError: a number outside its range, or with more than six decimals.

    Source: docs/search.md, section 2.
    """

    turn: Decimal = _parameter(
        "where the slopes meet, from the first slot to the last", 0, 1, "0.5"
    )
    rise: Decimal = _parameter("how far widths rise up to there, in parts of the span", -1, 1, "1")
    fall: Decimal = _parameter("how far they fall after it, likewise", -1, 1, "1")
    curve: Decimal = _parameter("how sharp the turn is: 0 straight, 1 and -1 parabolas", -1, 1, "0")

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            low, high = field.metadata["low"], field.metadata["high"]
            value = getattr(self, field.name)
            if not (value.is_finite() and low <= value <= high):
                raise ConfigError(
                    f"{FAMILY}: expected {field.name} in [{low}, {high}], received {value}"
                )
            if value != round(value, _MOST_DIGITS):
                raise ConfigError(
                    f"{FAMILY}: expected {field.name} with at most {_MOST_DIGITS} decimals, "
                    f"received {value}"
                )

    @classmethod
    def parse(cls, text: str) -> "ShapeParameters":
        """Returns the parameters that `"turn=0.4,rise=1"` stands for.

        Raises:
            ConfigError: another name, a name twice, or what is no number in its range.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        values: dict[str, Decimal] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            name, _, number = map(str.strip, part.partition("="))
            if name not in names or name in values:
                raise ConfigError(
                    f"{FAMILY}: expected each of {', '.join(names)} at most once as name=number, "
                    f"received {part!r}"
                )
            try:
                values[name] = Decimal(number)
            except decimal.InvalidOperation:
                raise ConfigError(
                    f"{FAMILY}: expected a number for {name}, received {number!r}"
                ) from None
        return cls(**values)

    @property
    def name(self) -> str:
        """The template's name; equal shapes have equal names."""
        values = (
            # Adding 0 makes -0 a 0.
            f"{field.name}={(getattr(self, field.name) + 0).normalize():f}"
            for field in dataclasses.fields(self)
        )
        return f"{FAMILY}({','.join(values)})"

    @property
    def is_flat(self) -> bool:
        """Whether no slot can be below the peak, for any number of slots."""
        return (self.rise == 0 or self.turn == 0) and (self.fall == 0 or self.turn == 1)

    def heights(self, slots: int) -> tuple[Fraction, ...]:
        """Returns where each width lies between the smallest (0) and the peak (1)."""
        return _heights(self, slots)

    def widths(self, slots: int, n_min: int, peak: int) -> tuple[int, ...]:
        """Returns the width of every slot, as `PeakTemplate.shape` asks for it."""
        return tuple(round(n_min + (peak - n_min) * each) for each in self.heights(slots))


@functools.lru_cache(maxsize=256)
def _heights(shape: ShapeParameters, slots: int) -> tuple[Fraction, ...]:
    turn = min(slots - 1, math.floor(Fraction(shape.turn) * slots))
    curve, raw = Fraction(shape.curve), []
    for slot in range(slots):
        if slot <= turn:
            slope, way = shape.rise, Fraction(slot, turn) if turn else Fraction(1)
        else:
            slope, way = shape.fall, Fraction(slots - 1 - slot, slots - 1 - turn)
        raw.append(-Fraction(slope) * (1 - (1 - curve) * way - curve * way**2))
    top = max(raw)
    span = max(Fraction(1), top - min(raw))
    return tuple(1 + (each - top) / span for each in raw)


# Where a to e lie among the shapes; for every number of slots these have the same widths.
SPECIAL_POINTS = {
    "a": ShapeParameters.parse("turn=1,rise=1"),
    "b": ShapeParameters.parse("rise=0,fall=0"),
    "c": ShapeParameters.parse("turn=0,fall=1"),
    "d": ShapeParameters.parse("turn=0.5,rise=1,fall=1"),
    "e": ShapeParameters.parse("turn=0.5,rise=-1,fall=-1"),
}


@template_family(
    FAMILY, "turn=,rise=,fall=,curve=", "between and beyond a to e: two slopes that meet"
)
def make_shape(text: str) -> PeakTemplate:
    """Returns the template of the parameters in a text."""
    parameters = ShapeParameters.parse(text)
    return PeakTemplate(
        parameters.name,
        "two slopes that meet",
        parameters.widths,
        fewest_slots=1 if parameters.is_flat else 2,
        is_flat=parameters.is_flat,
    )
