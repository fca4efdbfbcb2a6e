"""The same Keras model with another filter distribution: its widths, its cost, itself.

changed = retemplated(imported, "c", MatchSettings("macs", rule="closest"))
print(changed.to_table())
model = changed.build()
"""

from dataclasses import dataclass
from typing import Literal, get_args

import keras
from absl import logging

from nasbench_templates.design.design import Design
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.graph import widths
from nasbench_templates.graph.cost import quantity_field, quantity_title
from nasbench_templates.keras_io import keras_builder
from nasbench_templates.keras_io.importing import weights
from nasbench_templates.keras_io.importing.importer import ImportedModel
from nasbench_templates.networks.architecture import check_choice
from nasbench_templates.support.errors import SpecError

Init = Literal["new", "slice"]
# A gap above this is worth a word.
_LARGE_GAP = 0.01


@dataclass(frozen=True, slots=True)
class SlotChange:
    """One group of channels before and after.

    Attributes:
        name: its first layer.
        layers: all of them.
        before: width in the imported model.
        after: width under the template.
        is_fixed: whether no template changes it.
        reason: why, or which slot it follows.
    """

    name: str
    layers: tuple[str, ...]
    before: int
    after: int
    is_fixed: bool
    reason: str

    def to_json(self) -> dict[str, object]:
        """Returns the entry of the machine-readable contract of `retemplate`."""
        return {
            "name": self.name,
            "layers": list(self.layers),
            "before": self.before,
            "after": self.after,
            "is_fixed": self.is_fixed,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Retemplated:
    """An imported model under a template.

    Attributes:
        imported: what was read.
        base: as it is.
        design: under the template.
    """

    imported: ImportedModel
    base: Design
    design: Design

    @property
    def slots(self) -> tuple[SlotChange, ...]:
        """All groups of channels before and after, in the order of the network."""
        return tuple(
            SlotChange(
                group.name,
                group.layers,
                group.width,
                widths.value(group.expression, self.design.filters),
                group.is_fixed,
                group.reason,
            )
            for group in self.imported.groups
        )

    def to_json(self) -> dict[str, object]:
        """Returns the machine-readable contract of `retemplate`."""
        before, after = self.base.cost, self.design.cost
        return {
            "template": self.design.template,
            "slots": [slot.to_json() for slot in self.slots],
            "macs_before": before.macs,
            "macs_after": after.macs,
            "params_before": before.params,
            "params_after": after.params,
            "gap": self.design.gap,
            "template_name": self.design.template_name,
            "gap_quantity": quantity_field(self.design.gap_quantity),
            "macs_percent_of_base": self.design.macs_percent_of_base,
            "trainable_params_before": before.trainable_params,
            "trainable_params_after": after.trainable_params,
        }

    def build(self, init: Init = "new") -> keras.Model:
        """Returns the model: of the same class and names, with variables of its own.

        What a preprocessing layer has adapted to the data is kept.

        Args:
            init: `"new"` draws all weights as the layers' initialisers do; `"slice"` copies the
                leading filters of the imported model's weights, as many as both have.

        Raises:
            ConfigError: another `init`.
        """
        check_choice("init", init, *get_args(Init))
        graph = self.design.architecture.graph
        model = keras_builder.build_keras(graph, self.design.filters)
        if init == "slice":
            logging.info("the leading filters of every layer are those of the given model")
            weights.copy_leading(self.imported, self.design.filters, model)
        return model


def retemplated(imported: ImportedModel, template: str, settings: MatchSettings) -> Retemplated:
    """Returns an imported model under a template.

    Args:
        imported: the model.
        template: a registered name, or `"base"`.
        settings: how to match.

    Raises:
        UnknownNameError: an unknown template.
        SpecError: nothing that may change, or too few slots for the template.
        BudgetError: a budget below the smallest network of the template.
    """
    if not imported.architecture.base_filters:
        reasons = "; ".join(f"{each.name}: {each.reason}" for each in imported.groups)
        raise SpecError(f"{imported.model.name}: no width may change ({reasons or 'it has none'})")
    base, design = plan(imported.architecture, [BASE, template], settings)
    if imported.uncounted:
        logging.warning("not counted, and so not matched: %s", ", ".join(imported.uncounted))
    if abs(design.gap) > _LARGE_GAP:
        logging.warning(
            "template %s: the nearest widths are %+.2f %% from the budget in %s",
            design.template_title,
            100 * design.gap,
            quantity_title(design.gap_quantity),
        )
    return Retemplated(imported, base, design)
