"""Any Keras CNN: its exact cost, its slots, and the same network under another distribution.

    import keras
    from nasbench_templates.keras_io import api

    model = keras.applications.ResNet50(weights=None)
    print(api.cost(model))
    same = api.retemplate(model, "c")                        # as many MACs
    half = api.retemplate(model, "b", budget="0.5x", keep=["stem"], divisor=8)

Wherever a model is expected, a `.keras` file, `"applications:ResNet50"` and `"module:function"` are
taken too. What is passed is never changed and shares no variable with what is returned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import keras

from nasbench_templates.design.settings import Budget, MatchSettings
from nasbench_templates.distributions.matching import MatchRule
from nasbench_templates.keras_io import model_sources
from nasbench_templates.keras_io.importing.importer import (
    ImportedModel,
    ImportSettings,
    import_model,
)
from nasbench_templates.keras_io.importing.rule_book import rule as rule
from nasbench_templates.keras_io.importing.slot_schemes import ChannelGroup
from nasbench_templates.keras_io.model_cost import model_cost
from nasbench_templates.keras_io.model_sources import InputShape, Source
from nasbench_templates.keras_io.retemplating import Init, Retemplated, retemplated
from nasbench_templates.networks.architecture import Architecture
from nasbench_templates.networks.cost_rows import ModelCost
from nasbench_templates.support import tables
from nasbench_templates.support.errors import ConfigError


def cost(model: Source, *, input_shape: InputShape = None, depth: int | None = None) -> ModelCost:
    """Returns the exact cost of a model for one input, layer by layer.

    Args:
        model: what to count.
        input_shape: without the batch, where the model leaves it open: `(224, 224, 3)`, or one
            such shape for each input.
        depth: how many levels of nested models have rows of their own, 1 for none; by default all.

    Raises:
        ConfigError: no Keras model, or a depth below 1.
        DataError: a file that is damaged or would execute code.
        SpecError: a model without a graph, of unknown size, or with channels first.

    Example:
        >>> import keras
        >>> layers = [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)]
        >>> counted = cost(keras.Sequential(layers))
        >>> counted.macs, counted.params
        (3888, 112)
    """
    if depth is not None and depth < 1:
        raise ConfigError(f"expected a depth >= 1, received {depth}")
    return model_cost(_imported(model, input_shape), depth)


def from_keras(
    model: Source,
    *,
    input_shape: InputShape = None,
    slots: str = "stage",
    keep: Iterable[str] = (),
    ties: Mapping[str, tuple[str, int]] | None = None,
    divisor: int = 1,
) -> Architecture:
    """Returns a model as an architecture, to match, build, train and measure like any other.

    What is built returns logits: a softmax in the last layer is left out.

    Args:
        model: what to read.
        input_shape: as of `cost`.
        slots: `"stage"`, one slot for all that shares a cumulative stride, or `"layer"`, one for
            every free width.
        keep: layers whose widths stay: names, patterns such as `"conv1_*"`, or `"stem"`.
        ties: `{layer: (other layer, factor)}` for widths that are multiples of others.
        divisor: every free width is a multiple of it.

    Raises:
        ConfigError, DataError, SpecError: as `cost`, and for layers to keep that there are not.
    """
    settings = ImportSettings(slots, keep, ties or {}, divisor, returns_logits=True)
    return _imported(model, input_shape, settings).architecture


def slots(
    model: Source,
    *,
    input_shape: InputShape = None,
    slots: str = "stage",
    keep: Iterable[str] = (),
    ties: Mapping[str, tuple[str, int]] | None = None,
) -> "SlotTable":
    """Returns which layers of a model share a width, which slot it follows, what is fixed and why.

    Args:
        model: what to read.
        input_shape: as of `cost`.
        slots: as of `from_keras`.
        keep: likewise.
        ties: likewise.

    Raises:
        ConfigError, DataError, SpecError: as `from_keras`.
    """
    settings = ImportSettings(slots, keep, ties or {})
    return SlotTable(_imported(model, input_shape, settings).groups)


def retemplate(
    model: Source,
    template: str,
    *,
    budget: Budget | str | float = "1x",
    match_on: str = "macs",
    slots: str = "stage",
    keep: Iterable[str] = (),
    ties: Mapping[str, tuple[str, int]] | None = None,
    n_min: int | None = None,
    divisor: int = 1,
    init: Init = "new",
    input_shape: InputShape = None,
    rule: MatchRule = "closest",
) -> keras.Model:
    """Returns a model of the same layers with another distribution of filters, ready to train.

    It is a plain Keras model of the same class and names: it saves and loads without this package.

    Args:
        model: what to change; it stays as it is.
        template: a registered name, such as `"c"`, or a redistribution.
        budget: a multiple of the model's own cost (`"0.5x"`) or an amount.
        match_on: `"macs"`, `"trainable_params"`, `"published_flops"` or `"total_filters"`.
        slots: as of `from_keras`.
        keep: likewise.
        ties: likewise.
        n_min: smallest width of a slot; by default the first one's, at most a quarter of the mean.
        divisor: every free width is a multiple of it.
        init: `"new"` weights, or the leading filters of the model's own (`"slice"`).
        input_shape: as of `cost`; the result leaves open what the model leaves open.
        rule: `"closest"` corrects single slots so that the cost comes as close as that
            allows; `"at_most"` and `"nearest"` take the template's widths as they are.

    Raises:
        ConfigError, DataError, SpecError: as `from_keras`; nothing that may change, or too few
            slots for the template.
        UnknownNameError: an unknown template.
        BudgetError: a budget below the smallest network of the template.
    """
    changed = plan_retemplate(
        model,
        template,
        MatchSettings(
            match_on,
            rule,
            Budget.parse(budget),
            n_min,
            divisor=divisor,
        ),
        ImportSettings(slots, keep, ties or {}, divisor),
        input_shape,
    )
    return changed.build(init)


def plan_retemplate(
    model: Source,
    template: str,
    matching: MatchSettings,
    settings: ImportSettings | None = None,
    input_shape: InputShape = None,
) -> Retemplated:
    """Returns the widths and the cost of what `retemplate` builds, before it is built.

    Args:
        model: as of `retemplate`.
        template: likewise.
        matching: how to match.
        settings: what is free.
        input_shape: as of `cost`.

    Raises:
        ConfigError, DataError, SpecError, UnknownNameError, BudgetError: as `retemplate`.
    """
    return retemplated(_imported(model, input_shape, settings), template, matching)


_SLOT_TITLES = ("layers", "width", "slot", "why")


@dataclass(frozen=True, slots=True, repr=False)
class SlotTable(Sequence[ChannelGroup]):
    """The groups of channels of a model; printed, it is a table.

    Attributes:
        groups: in the order of the network.
    """

    groups: tuple[ChannelGroup, ...]

    def __len__(self) -> int:
        return len(self.groups)

    @overload
    def __getitem__(self, index: int) -> ChannelGroup: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[ChannelGroup, ...]: ...

    def __getitem__(self, index: int | slice) -> ChannelGroup | tuple[ChannelGroup, ...]:
        return self.groups[index]

    def _rows(self) -> list[tuple[object, ...]]:
        return [
            (_shortened(each.layers), each.width, each.slot or "-", each.reason)
            for each in self.groups
        ]

    def __str__(self) -> str:
        return tables.aligned(_SLOT_TITLES, self._rows(), [False] * 4)

    def __repr__(self) -> str:
        slots = {each.slot for each in self.groups if each.slot}
        return f"SlotTable({len(self.groups)} groups of channels, {len(slots)} slots)"

    def _repr_html_(self) -> str:
        return tables.html("groups of channels", _SLOT_TITLES, self._rows(), [False] * 4)


def _shortened(names: Sequence[str], at_most: int = 3) -> str:
    shown = ", ".join(names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"


def _imported(
    model: Source, input_shape: InputShape, settings: ImportSettings | None = None
) -> ImportedModel:
    loaded = model_sources.load(model, input_shape)
    return import_model(loaded, settings or ImportSettings(), model_sources.shapes_of(input_shape))
