"""What a user says about a network and about how its widths are matched.

>>> NetworkSettings("vgg19") == NetworkSettings.from_json(NetworkSettings("vgg19").to_json())
True
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from nasbench_templates.distributions.matching import MATCH_RULES, MatchRule
from nasbench_templates.graph.cost import QUANTITIES
from nasbench_templates.networks import architecture as architectures
from nasbench_templates.networks import named_cells
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support import kinds
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.support.frozen import FrozenMapping, freeze_fields, frozen


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Which network to build.

    Attributes:
        model: registered architecture, or the kind of a model that was not written here: a text
            that names one, such as `"small.keras"` or `"applications:ResNet50"`, becomes the option
            `source`.
        input_shape: `(height, width, channels)`; by default 32 x 32 x 3, or such a model's own.
        num_classes: outputs; by default 10, or such a model's own.
        options: the architecture's own options.

    Raises:
        ConfigError, DataError, SpecError: a model that was not written here, whose input is left
            open, cannot be read.
    """

    model: str
    input_shape: tuple[int, int, int] = None  # type: ignore[assignment]  # filled in below
    num_classes: int = None  # type: ignore[assignment]
    options: Mapping[str, Any] = FrozenMapping()

    def __post_init__(self) -> None:
        # By any of its names it is the same network, and the same run.
        model, options = architectures.resolve(self.model, self.options)
        asked, asked_classes = frozen(self.input_shape), frozen(self.num_classes)
        shape, classes = architectures.asked_input(model, asked, asked_classes, options)
        if options.get("cell") is not None:
            options["cell"] = Cell.of(options["cell"])
        fields = {"model": model, "input_shape": shape, "num_classes": classes}
        for name, value in {**fields, "options": FrozenMapping(options)}.items():
            object.__setattr__(self, name, value)

    def build(self) -> architectures.Architecture:
        """Returns the network with free widths.

        Raises:
            UnknownNameError: no such architecture.
            ConfigError: an option that the architecture does not have.
            SpecError: an input or option value that it cannot be built with.
        """
        return architectures.build(
            self.model, self.input_shape, self.num_classes, dict(self.options)
        )

    def to_json(self) -> dict[str, object]:
        """Returns the settings for JSON; a cell as its matrix and operations."""
        options = dict(self.options)
        if isinstance(cell := options.get("cell"), Cell):
            options["cell"] = {"matrix": cell.matrix, "ops": cell.ops}
        return {
            "model": self.model,
            "input_shape": list(self.input_shape),
            "num_classes": self.num_classes,
            "options": options,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "NetworkSettings":
        """Returns the settings that `to_json` described.

        Raises:
            SpecError: a malformed cell.
        """
        options = dict(content["options"])
        if options.get("cell") is not None:
            options["cell"] = Cell.parse(options["cell"]["matrix"], options["cell"]["ops"])
        return cls(content["model"], content["input_shape"], content["num_classes"], options)

    @property
    def name(self) -> str:
        """What tells networks apart under any template: model, cell, options that are given.

        Options with their default value are left out. A cell has its registered name, or the first
        8 digits of a hash; a model that was not written here has the name of its file.

        Example:
            >>> NetworkSettings("multires", options={"depth": 20, "block": "conv"}).name
            'multires depth=20'
        """
        parts = [self.title]
        if self.options.get("cell") is not None:
            parts.append(named_cells.name_of(Cell.of(self.options["cell"])))
        family = architectures.family_of(self.model)
        parts += [
            f"{option}={value}"
            for option, value in sorted(self.options.items())
            if option not in ("cell", "source") and value != family.defaults.get(option)
        ]
        return " ".join(parts)

    @property
    def title(self) -> str:
        """What tables and folders call the model itself: its registered name, or that of its file.

        Example:
            >>> NetworkSettings("models/small.keras", (8, 8, 1), 10).title
            'small'
        """
        outside = architectures.family_of(self.model).outside
        return self.model if outside is None else outside.title(str(self.options.get("source", "")))

    @property
    def is_outside(self) -> bool:
        """Whether the model was not written here, so that only its graph says what it is."""
        return architectures.family_of(self.model).outside is not None


# Beyond any network; exact arithmetic on larger numbers would only take time.
LARGEST_NUMBER = 1e30


def exact_number(text: str) -> Fraction | None:
    """Returns the number that a decimal text stands for, or `None` unless 0 < number <= 1e30."""
    try:
        rounded = float(text)
    except ValueError:
        return None
    is_usable = 1 / LARGEST_NUMBER <= rounded <= LARGEST_NUMBER and len(text) <= 80
    return Fraction(text.strip()) if is_usable else None


@dataclass(frozen=True, slots=True)
class Budget:
    """What a network may cost: a multiple of the base's own cost, or an absolute amount.

    Attributes:
        amount: the multiple, or the amount in the matched quantity's unit; above 0.
        is_multiple: which of the two.
    """

    amount: Fraction = Fraction(1)
    is_multiple: bool = True

    @classmethod
    def parse(cls, budget: "Budget | str | float") -> "Budget":
        """Returns the budget that `"0.5x"` (a multiple), `"1e9"` or `1e9` (an amount) stands for.

        Raises:
            ConfigError: anything else, or nothing above 0.
        """
        if isinstance(budget, Budget):
            return budget
        stripped = str(budget).strip()
        is_multiple = stripped.endswith(("x", "X"))
        amount = exact_number(stripped[:-1] if is_multiple else stripped)
        if amount is None:
            raise ConfigError(
                "expected a budget above 0 such as 0.5x (of the base's own) or 400000000 (in the "
                f"matched quantity), at most {LARGEST_NUMBER:g}, received {stripped[:80]!r}"
            )
        if not is_multiple and amount < 1:
            raise ConfigError(
                f"expected a budget of at least 1 in the matched quantity, received {stripped}; of "
                f"the base's own it is written {stripped}x"
            )
        return cls(amount, is_multiple)

    def of(self, base: int) -> Fraction:
        """Returns the amount, given what the base costs."""
        return self.amount * base if self.is_multiple else self.amount


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """How templates are matched.

    Attributes:
        match_on: the matched quantity, one of `graph.cost.QUANTITIES`; parameters are matched on
            the trainable ones, and `"trainable_params"` is the same as `"params"`.
        rule: `"at_most"`, `"nearest"` or `"closest"`.
        budget: by default the base's own cost; what `Budget.parse` takes is parsed.
        n_min: smallest width of a, c, d and e; by default the base's first, or what the
            architecture says.
        peak_step: the peak is a multiple of this.
        divisor: every slot's width is rounded to the nearest multiple of this, at least one.
        width_multiplier: factor on the redistributions' widths; a number or its text is parsed.
        input_shape: of the network that the base is matched on; by default the one being built.
        num_classes: of that network, likewise.
    """

    match_on: str = "published_flops"
    rule: MatchRule = "at_most"
    budget: Budget = Budget()
    n_min: int | None = None
    peak_step: int = 1
    width_multiplier: Fraction = Fraction(1)
    input_shape: tuple[int, int, int] | None = None
    num_classes: int | None = None
    divisor: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.budget, Budget):
            object.__setattr__(self, "budget", Budget.parse(self.budget))
        if not isinstance(self.width_multiplier, Fraction):
            object.__setattr__(self, "width_multiplier", _multiplier(self.width_multiplier))
        freeze_fields(self)
        kinds.check_fields(self)
        # Stored runs know the quantity by its first name.
        quantity = "params" if self.match_on == "trainable_params" else self.match_on
        object.__setattr__(self, "match_on", quantity)
        architectures.check_choice("match_on", self.match_on, *QUANTITIES)
        architectures.check_choice("rule (--match_rule)", self.rule, *MATCH_RULES)
        for name in ("n_min", "peak_step", "divisor", "num_classes"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise ConfigError(f"expected {name} >= 1, received {number}")
        if self.width_multiplier <= 0:
            raise ConfigError(f"expected width_multiplier > 0, received {self.width_multiplier}")

    def to_json(self) -> dict[str, Any]:
        """Returns the settings for JSON, exact numbers as texts."""
        fields = dataclasses.asdict(self)
        fields["budget"] = f"{self.budget.amount}{'x' if self.budget.is_multiple else ''}"
        fields["width_multiplier"] = str(self.width_multiplier)
        return fields


def _multiplier(number: object) -> Fraction:
    found = exact_number(str(number))
    if found is None:
        raise ConfigError(f"expected width_multiplier > 0, such as 0.5, received {number!r:.80}")
    return found


DEFAULT_MATCHING = MatchSettings()
