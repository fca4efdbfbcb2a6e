"""Architectures: a graph with slots, and the published distribution of filters over them.

>>> resnet = build("resnet50", (32, 32, 3), 10)
>>> len(resnet.base_filters), resnet.base_filters[:4]
(32, (64, 64, 64, 64))
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from nasbench_templates.graph.layer_graph import LayerGraph
from nasbench_templates.networks.options import DescribedOption, check_kinds, described
from nasbench_templates.networks.registered import architectures as architectures
from nasbench_templates.networks.registered import outside
from nasbench_templates.support import kinds
from nasbench_templates.support.errors import ConfigError, SpecError, UnknownNameError
from nasbench_templates.support.frozen import frozen

ImageShape: TypeAlias = tuple[int, int, int]
# What a network is built for where nobody says otherwise.
DEFAULT_SHAPE: ImageShape = (32, 32, 3)
DEFAULT_CLASSES = 10


@dataclass(frozen=True, slots=True, repr=False)
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

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.input_shape))
        return (
            f"Architecture({self.name}, input {shape}, {self.num_classes} classes, "
            f"{len(self.base_filters)} slots, {len(self.graph.nodes)} nodes)"
        )

    @property
    def base(self) -> "Architecture":
        """The published network: under `base_filters`, its `graph` is what was published."""
        if self.base_graph is None:
            return self
        return dataclasses.replace(self, graph=self.base_graph, base_graph=None)


@dataclass(frozen=True, slots=True)
class Outside:
    """How models that were not written here are named; each by the option `source` of its family.

    Attributes:
        names: whether a text names one of them.
        title: what tables call the model of such a text.
        own_input: the input shape and the number of classes of the model that options describe,
            called with what is asked for; `None` leaves it to the model.
    """

    names: Callable[[str], bool]
    title: Callable[[str], str]
    own_input: Callable[
        [ImageShape | None, int | None, Mapping[str, object]], tuple[ImageShape, int]
    ]


@dataclass(frozen=True, slots=True)
class Family:
    """How to build one registered architecture.

    Attributes:
        name: on the command line.
        description: one line for listings.
        builder: called with the input shape, the number of classes and the family's own options.
        slots_for_redistribution: value of the option `slots` under which the redistributions of the
            earlier drafts are defined, where it differs from the default.
        outside: how its models are named, if they were not written here.
    """

    name: str
    description: str
    builder: Callable[..., Architecture]
    slots_for_redistribution: str | None = None
    outside: Outside | None = None

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


def family_of(name: str) -> Family:
    """Returns the family of a name, as `resolve` returns names.

    Raises:
        UnknownNameError: no such architecture.
    """
    if name in outside and name not in architectures:
        return outside.get(name)
    try:
        return architectures.get(name)
    except UnknownNameError as error:
        kinds = "; or ".join(outside.get(each).description for each in outside)
        raise UnknownNameError(f"{error}; or {kinds}") from None


def resolve(model: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the registered name and the options of a network that a text names.

    A text that names a model which was not written here becomes the option `source`.

    Example:
        >>> resolve("VGG11", {}), resolve("small.keras", {})
        (('vgg11', {}), ('keras', {'source': 'small.keras'}))
    """
    name = architectures.canonical(model)
    if name not in architectures:
        for each in outside:
            kind = outside.get(each).outside
            if kind is not None and kind.names(model):
                return each, {**options, "source": model}
    return name, dict(options)


def asked_input(
    model: str,
    input_shape: ImageShape | None,
    num_classes: int | None,
    options: Mapping[str, object],
) -> tuple[ImageShape, int]:
    """Returns what a network is built for, of which either may be left open.

    Args:
        model: as `resolve` returns it.
        input_shape: `(height, width, channels)`; `None`: 32 x 32 x 3, or the model's own.
        num_classes: `None`: 10, or the model's own.
        options: the network's.

    Raises:
        ConfigError: a model from outside that cannot be read, or options that it does not have.
        DataError: its file is damaged.
        SpecError: it cannot be built for this input.
    """
    if input_shape is not None and num_classes is not None:
        return input_shape, num_classes
    kind = outside.get(model).outside if model in outside else None
    if kind is not None:
        _check_options(outside.get(model), options)
        return kind.own_input(input_shape, num_classes, options)
    return input_shape or DEFAULT_SHAPE, DEFAULT_CLASSES if num_classes is None else num_classes


def _check_options(family: Family, options: Mapping[str, object]) -> None:
    unknown = [option for option in options if option not in family.options]
    if unknown:
        raise ConfigError(
            f"{family.name} has no option {', '.join(unknown)}: expected "
            f"{', '.join(family.options)}"
        )
    try:
        check_kinds(family.builder, options)
    except ConfigError as error:
        raise ConfigError(f"{family.name}: {error}") from None


def build(
    name: str,
    input_shape: ImageShape,
    num_classes: int,
    options: Mapping[str, object] | None = None,
) -> Architecture:
    """Returns a registered architecture for an input and a number of classes.

    Args:
        name: registered name, for example `"vgg19"`, or the kind of a model from outside.
        input_shape: `(height, width, channels)`, each at least 1.
        num_classes: at least 1.
        options: the family's own settings, for example `{"slots": "stage"}`.

    Raises:
        UnknownNameError: no such architecture.
        ConfigError: an option that the family does not have, or a value of another kind.
        SpecError: an input or option value that the network cannot be built with.
    """
    family = family_of(name)
    input_shape, num_classes = frozen(input_shape), frozen(num_classes)
    kinds.check({"num_classes": int}, {"num_classes": num_classes})
    if family.outside is None:  # a model from outside may have several inputs, or other ones
        kinds.check({"input_shape": tuple[int, ...]}, {"input_shape": input_shape})
        if len(input_shape) != 3 or min(input_shape) < 1:
            raise SpecError(
                f"expected an input shape height,width,channels >= 1, received {input_shape}"
            )
    if num_classes < 1:
        raise SpecError(f"expected num_classes >= 1, received {num_classes}")
    options = {option: frozen(value) for option, value in (options or {}).items()}
    _check_options(family, options)
    return family.builder(input_shape, num_classes, **options)


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
    family = family_of(name)
    parameters = inspect.signature(family.builder).parameters
    defaults = {
        option: parameters[option].default
        for option in family.options
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
