"""What a template is, and the registry of templates.

>>> templates.get("a").filters((64, 128, 256), peak=100)
(64, 82, 100)
>>> title("b"), title("reverse"), title("uniform", 0.5)
('b flat', 'reverse (equal total)', 'uniform (total 0.50x)')
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from nasbench_templates.distributions.registered import templates as templates
from nasbench_templates.support.errors import SpecError

# (number of slots, smallest width, peak) -> width of every slot
Shape = Callable[[int, int, int], tuple[int, ...]]
# base widths -> exact redistributed widths, before the width multiplier and rounding
Redistribution = Callable[[Sequence[int]], Sequence[Fraction | int]]

# Fixed by name: the published widths themselves.
BASE = "base"
# A total of filters that differs from the base's by less than this is the same but for rounding.
_ROUNDING = 0.005


@dataclass(frozen=True, slots=True)
class PeakTemplate:
    """A distribution between a fixed smallest width and a peak that the budget decides.

    Attributes:
        name: on the command line.
        description: one line for listings.
        shape: the widths for a number of slots, a smallest width and a peak; every width is
            non-decreasing in the peak.
        fewest_slots: below this many slots the shape is undefined.
        is_flat: whether all widths are the peak, so that there is no smallest width.
        word: what the shape is called beside its letter; a second name, empty if it has none.
    """

    name: str
    description: str
    shape: Shape
    fewest_slots: int = 2
    is_flat: bool = False
    word: str = ""

    @property
    def title(self) -> str:
        """What tables call it: its name, and the word for it."""
        return f"{self.name} {self.word}".rstrip()

    def smallest_peak(self, base: Sequence[int], n_min: int | None = None) -> int:
        """Returns the smallest peak: the smallest width, by default the first slot's base width."""
        if self.is_flat:
            return 1
        return base[0] if n_min is None else n_min

    def filters(self, base: Sequence[int], peak: int, n_min: int | None = None) -> tuple[int, ...]:
        """Returns the width of every slot.

        Args:
            base: published widths, one for each slot.
            peak: the largest width, at least `n_min`.
            n_min: the smallest width; by default the base's first.

        Raises:
            SpecError: too few slots, or a peak below the smallest width.
        """
        if len(base) < self.fewest_slots:
            raise SpecError(
                f"template {self.name}: expected at least {self.fewest_slots} slots, "
                f"received {len(base)}"
            )
        smallest = self.smallest_peak(base, n_min)
        if not 1 <= smallest <= peak:
            raise SpecError(
                f"template {self.name}: expected a peak >= n_min >= 1, "
                f"received peak {peak} and n_min {smallest}"
            )
        return self.shape(len(base), smallest, peak)


@dataclass(frozen=True, slots=True)
class RedistributionTemplate:
    """A distribution that keeps the base's total of filters, then takes a width multiplier.

    Attributes:
        name: on the command line.
        description: one line for listings.
        redistribute: the exact widths for the base's.
    """

    name: str
    description: str
    redistribute: Redistribution

    @property
    def title(self) -> str:
        """What tables call it: its name, and what it keeps equal."""
        return self.title_of(1.0)

    def title_of(self, total: float) -> str:
        """Returns what tables call it where the filters are `total` times as many as the base's."""
        kept = "equal total" if abs(total - 1) < _ROUNDING else f"total {total:.2f}x"
        return f"{self.name} ({kept})"

    def filters(self, base: Sequence[int], width_multiplier: Fraction | int = 1) -> tuple[int, ...]:
        """Returns the width of every slot, at least 1 each.

        Args:
            base: published widths, one for each slot.
            width_multiplier: factor on all of them, above 0; exact, so pass a `Fraction`.

        Raises:
            SpecError: too few slots for this distribution, or a factor that is not positive.
        """
        if width_multiplier <= 0:
            raise SpecError(f"expected a width_multiplier above 0, received {width_multiplier}")
        # Two roundings: the redistributed widths are whole before the multiplier applies to them.
        whole = [max(1, round(width)) for width in self.redistribute(base)]
        return tuple(max(1, round(width * width_multiplier)) for width in whole)


Template = PeakTemplate | RedistributionTemplate


def title(name: str, total: float = 1.0) -> str:
    """Returns what tables call a template: `b flat`, `uniform (equal total)`; unknown names as is.

    Args:
        name: registered, or of a template that was registered when its result was stored.
        total: of a redistribution: its filters by the base's.
    """
    template = _known(name)
    if isinstance(template, RedistributionTemplate):
        return template.title_of(total)
    return name if template is None else template.title


def keeps_total(name: str) -> bool:
    """Returns whether it is a redistribution, which keeps the total of filters, not the cost."""
    return isinstance(_known(name), RedistributionTemplate)


def _known(name: str) -> Template | None:
    return templates.get(name) if name in templates else None


def word(name: str) -> str:
    """Returns the word for a template (`flat` for b), its name where it has no other."""
    template = _known(name)
    return (template.word if isinstance(template, PeakTemplate) else "") or name


def peak_template(
    name: str,
    description: str,
    *,
    fewest_slots: int = 2,
    is_flat: bool = False,
    word: str = "",
) -> Callable[[Shape], Shape]:
    """Returns a decorator that registers a shape as a template matched by its peak.

    Its `word` is a second name, by which it is found everywhere.
    """

    def register(shape: Shape) -> Shape:
        made = PeakTemplate(name, description, shape, fewest_slots, is_flat, word)
        templates.register(name, made)
        if word:
            templates.alias(word, name)
        return shape

    return register


def redistribution(name: str, description: str) -> Callable[[Redistribution], Redistribution]:
    """Returns a decorator that registers a function as a redistribution."""

    def register(redistribute: Redistribution) -> Redistribution:
        templates.register(name, RedistributionTemplate(name, description, redistribute))
        return redistribute

    return register


def template_family(
    name: str, parameters: str, description: str
) -> Callable[[Callable[[str], Template]], Callable[[str], Template]]:
    """Returns a decorator that registers templates with parameters, called `name(parameters)`.

    Args:
        name: what stands before the parentheses.
        parameters: what stands between them, for listings.
        description: one line for listings.

    The function returns the template of a text between the parentheses, with its canonical name.
    """

    def register(make: Callable[[str], Template]) -> Callable[[str], Template]:
        templates.register_family(name, make, f"{name}({parameters})", description)
        return make

    return register
