"""Architectures: a graph with slots, and the published distribution of filters over them.

>>> resnet = build("resnet50", (32, 32, 3), 10)
>>> len(resnet.base_filters), resnet.base_filters[:4]
(32, (64, 64, 64, 64))
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.networks.options import DescribedOption, described
from nasbench_templates.networks.registered import architectures as architectures
from nasbench_templates.support.errors import ConfigError, SpecError

ImageShape: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Architecture:
    """One network with free widths.

    Attributes:
        name: what tables call it.
        input_shape: `(height, width, channels)`.
        num_classes: outputs of the last dense layer.
        base_filters: the published width of every slot, in order.
        graph: the network with symbolic widths, which the templates fill.
        base_graph: the published network, where it is not `graph` under `base_filters`: the same
            slots, but widths or shortcuts that no assignment of them gives. Budgets are measured
            on it; its cost may depend on fewer slots, or on none.
        note_on_slots: what the user is told when a template does not fit the slots.
        n_min: smallest width of the templates unless another one is asked for; by default the
            first of `base_filters`.
    """

    name: str
    input_shape: ImageShape
    num_classes: int
    base_filters: tuple[int, ...]
    graph: LayerGraph
    base_graph: LayerGraph | None = None
    note_on_slots: str | None = None
    n_min: int | None = None

    def __post_init__(self) -> None:
        self.graph.check(self.base_filters)
        if self.base_graph is not None:
            self.base_graph.check(self.base_filters)

    @property
    def base(self) -> "Architecture":
        """The published network: under `base_filters`, its `graph` is what was published."""
        if self.base_graph is None:
            return self
        return dataclasses.replace(self, graph=self.base_graph, base_graph=None)


@dataclass(frozen=True, slots=True)
class Family:
    """How to build one registered architecture.

    Attributes:
        name: on the command line.
        description: one line for listings.
        builder: called with the input shape, the number of classes and the family's own options.
        slots_for_redistribution: value of the option `slots` under which the redistributions of the
            earlier drafts are defined, where it differs from the default.
    """

    name: str
    description: str
    builder: Callable[..., Architecture]
    slots_for_redistribution: str | None = None

    @property
    def defaults(self) -> dict[str, object]:
        """The options that the builder accepts, with their defaults."""
        parameters = inspect.signature(self.builder).parameters.values()
        return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options that the builder accepts."""
        return tuple(self.defaults)

    @property
    def described_options(self) -> tuple[DescribedOption, ...]:
        """What the builder says of its options, in their order."""
        return described(self.builder)


def architecture(
    name: str,
    description: str,
    *,
    slots_for_redistribution: str | None = None,
    also_called: str | None = None,
) -> Callable[[Callable[..., Architecture]], Callable[..., Architecture]]:
    """Returns a decorator that registers a builder of an architecture."""

    def register(builder: Callable[..., Architecture]) -> Callable[..., Architecture]:
        architectures.register(name, Family(name, description, builder, slots_for_redistribution))
        if also_called is not None:
            architectures.alias(also_called, name)
        return builder

    return register


def build(
    name: str,
    input_shape: ImageShape,
    num_classes: int,
    options: Mapping[str, object] | None = None,
) -> Architecture:
    """Returns a registered architecture for an input and a number of classes.

    Args:
        name: registered name, for example `"vgg19"`.
        input_shape: `(height, width, channels)`, each at least 1.
        num_classes: at least 1.
        options: the family's own settings, for example `{"slots": "stage"}`.

    Raises:
        UnknownNameError: no such architecture.
        ConfigError: an option that the family does not have.
        SpecError: an input or option value that the network cannot be built with.
    """
    family = architectures.get(name)
    if len(input_shape) != 3 or min(input_shape) < 1:
        raise SpecError(
            f"expected an input shape height,width,channels >= 1, received {input_shape}"
        )
    if num_classes < 1:
        raise SpecError(f"expected num_classes >= 1, received {num_classes}")
    options = options or {}
    unknown = [option for option in options if option not in family.options]
    if unknown:
        raise ConfigError(
            f"{name} has no option {', '.join(unknown)}: expected {', '.join(family.options)}"
        )
    return family.builder(tuple(input_shape), num_classes, **options)


def parse_options(name: str, texts: Sequence[str]) -> dict[str, object]:
    """Returns options that are written as text, with the types of their defaults.

    Args:
        name: registered architecture.
        texts: each `option=value`; truth is `true` or `false`.

    Raises:
        UnknownNameError: no such architecture.
        ConfigError: an option that cannot be written so, twice, or with a value of another type.

    Example:
        >>> parse_options("multires", ["depth=20", "learn_depth=true"])
        {'depth': 20, 'learn_depth': True}
    """
    parameters = inspect.signature(architectures.get(name).builder).parameters
    defaults = {
        option: parameters[option].default
        for option in architectures.get(name).options
        if type(parameters[option].default) in _PARSERS
    }
    options: dict[str, object] = {}
    for text in texts:
        option, _, value = text.strip().partition("=")
        if option not in defaults or option in options:
            raise ConfigError(
                f"expected options of {name} such as depth=20, each once, of "
                f"{', '.join(defaults) or 'none'}, received {text!r}"
            )
        kind = type(defaults[option])
        try:
            options[option] = _PARSERS[kind](value)
        except (ValueError, KeyError):
            raise ConfigError(
                f"{name}: expected {option} of type {kind.__name__}, received {value!r}"
            ) from None
    return options


_PARSERS: dict[type, Callable[[str], object]] = {
    str: str,
    int: int,
    bool: {"true": True, "false": False}.__getitem__,
}


def check_choice(option: str, received: str, *choices: str) -> str:
    """Returns `received` if it is one of `choices`.

    Raises:
        ConfigError: it is none of them.
    """
    if received not in choices:
        raise ConfigError(
            f"expected {option} to be one of {', '.join(choices)}, received {received!r}"
        )
    return received


# Up to this side images meet small stems and strides (docs/templates.md, section 3).
LARGEST_SMALL_SIDE = 64


def is_large_input(input_shape: ImageShape, stem: str) -> bool:
    """Returns whether a network takes its ImageNet stem and strides.

    Args:
        input_shape: `(height, width, channels)`.
        stem: `"cifar"` (no), `"imagenet"` (yes), or `"auto"`: above 64 pixels.

    Raises:
        ConfigError: any other `stem`.
    """
    check_choice("stem", stem, "auto", "cifar", "imagenet")
    return stem == "imagenet" or (stem == "auto" and max(input_shape[:2]) > LARGEST_SMALL_SIDE)
