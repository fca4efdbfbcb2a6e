"""The networks that the papers report, each as what is built and how its widths are matched.

Source: docs/templates.md, sections 2, 3, 5 and 7.

>>> classifier("vgg19", "b").plan().cost.trainable_params
3170782
>>> nasbench_network("best", "b").plan().filters  # the printed b is the falling distribution
(210, 137, 64)
"""

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from fractions import Fraction

from nasbench_templates.design.design import Design
from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import Budget, MatchSettings, NetworkSettings
from nasbench_templates.networks.named_cells import Skeleton, named_cells
from nasbench_templates.support.errors import UnequalCostWarning

ImageShape = tuple[int, int, int]
CIFAR_SHAPE: ImageShape = (32, 32, 3)
IMAGENET_SHAPE: ImageShape = (224, 224, 3)
# MFCC images of the audio study: only their being large counts, which chooses the 7x7 stem.
AUDIO_SHAPE: ImageShape = (128, 250, 3)
IMAGENET_CLASSES = 1000
AUDIO_CLASSES = 50

TEMPLATES = ("base", "a", "b", "c", "d", "e")
CLASSIFIERS = ("vgg19", "resnet50", "mobilenet_v2", "mnasnet_b1")
CELLS = ("best", "resnet50")
CELL_PREFIX = "nasbench101:"
REDISTRIBUTIONS = ("base", "reverse", "uniform", "quadratic", "negative_quadratic")
REDISTRIBUTED = ("vgg19", "resnet50", "inception", "mobilenet_v1")
# The registered template of a base under a width multiplier.
SCALED_BASE = "unchanged"

# Filters are found once, on these networks, and used unchanged on every data set.
_MATCHED_ON = {
    "vgg19": MatchSettings(input_shape=IMAGENET_SHAPE, num_classes=IMAGENET_CLASSES),
    **{
        model: MatchSettings(input_shape=CIFAR_SHAPE, num_classes=10)
        for model in ("resnet50", "mobilenet_v2", "mnasnet_b1")
    },
}
# Printed columns of table 6 that show another template than their name says.
_EXCHANGED = {"b": "c", "c": "b"}
_PUBLISHED_STEM = Skeleton().stem_filters
_PUBLISHED_STEP = 10
_PUBLISHED_N_MIN = {"a": 128, "c": 64, "d": 64, "e": 64}


@dataclasses.dataclass(frozen=True, slots=True)
class StudyNetwork:
    """A network of a study.

    Attributes:
        network: its name among the published figures.
        template: the template's printed name.
        applied: the registered template that it stands for.
        settings: what is built.
        match: how its widths are found.
    """

    network: str
    template: str
    applied: str
    settings: NetworkSettings
    match: MatchSettings

    def plan(self) -> Design:
        """Returns the network with its widths and cost.

        Raises:
            SpecError: widths too small for the network.
            BudgetError: no network of this template is within the budget.
        """
        with warnings.catch_warnings():
            # Papers compare distributions of unequal cost on purpose; their tables show it.
            warnings.simplefilter("ignore", UnequalCostWarning)
            return plan(self.settings, [self.applied], self.match)[0]

    def on(self, input_shape: ImageShape, num_classes: int) -> "StudyNetwork":
        """Returns the same network for other images and classes."""
        settings = dataclasses.replace(
            self.settings, input_shape=input_shape, num_classes=num_classes
        )
        return dataclasses.replace(self, settings=settings)

    @property
    def label(self) -> str:
        """Network and template for the name of a folder."""
        return f"{self.network.replace(':', '_')}-{self.template}"


def classifier(
    model: str,
    template: str,
    input_shape: ImageShape = CIFAR_SHAPE,
    num_classes: int = 10,
    width_multiplier: Fraction | None = None,
) -> StudyNetwork:
    """Returns a classifier of "The Myth of the Pyramid", tables 1 to 5.

    With a multiplier the base has its own widths times it, and the templates cost what that base
    costs, with the smallest width multiplied too.

    Args:
        model: one of `CLASSIFIERS`.
        template: one of `TEMPLATES`.
        input_shape: `(height, width, channels)` of the images, which does not change the filters.
        num_classes: outputs, likewise.
        width_multiplier: `None`: as published; below 1 where time is short.
    """
    settings = NetworkSettings(model, _shape(input_shape), num_classes)
    match = _MATCHED_ON[model]
    if width_multiplier is None:
        return StudyNetwork(model, template, template, settings, match)
    narrow = MatchSettings(width_multiplier=width_multiplier)
    if template == "base":
        return StudyNetwork(model, template, SCALED_BASE, settings, narrow)
    budget_on = dataclasses.replace(
        settings,
        input_shape=match.input_shape or settings.input_shape,
        num_classes=match.num_classes or settings.num_classes,
    )
    published, base = plan(budget_on, ["base", SCALED_BASE], narrow)
    match = dataclasses.replace(
        match,
        budget=Budget(Fraction(base.cost.published_flops), is_multiple=False),
        n_min=max(1, round(published.filters[0] * width_multiplier)),
    )
    return StudyNetwork(model, template, template, settings, match)


def nasbench_network(
    cell: str,
    column: str,
    *,
    by_plain_rule: bool = False,
    stem_filters: int = _PUBLISHED_STEM,
    num_modules_per_stack: int | None = None,
) -> StudyNetwork:
    """Returns a network of "The Myth of the Pyramid", table 6.

    The printed columns b and c are exchanged: b stands for the falling distribution, c for the
    uniform one. As published, the peak is a multiple of 10 and the smallest width 128 for a and 64
    for c, d and e; with another stem these stay in proportion to it. By the plain rule the step is
    1 and the smallest width that of the first stack.

    Args:
        cell: one of `CELLS`.
        column: one of `TEMPLATES`, as printed.
        by_plain_rule: which of the two.
        stem_filters: 128 in the paper.
        num_modules_per_stack: by default what the cell is known with.
    """
    named = named_cells.get(cell)
    options = {
        "cell": named.cell,
        "stem_filters": stem_filters,
        "num_modules_per_stack": num_modules_per_stack or named.skeleton.num_modules_per_stack,
    }
    settings = NetworkSettings("nasbench101", options=options)
    name = CELL_PREFIX + cell
    applied = _EXCHANGED.get(column, column)
    if by_plain_rule:
        return StudyNetwork(name, column, applied, settings, MatchSettings())
    scale = Fraction(stem_filters, _PUBLISHED_STEM)
    smallest = _PUBLISHED_N_MIN.get(applied)
    match = MatchSettings(
        match_on="macs",
        n_min=None if smallest is None else max(1, round(smallest * scale)),
        peak_step=max(1, round(_PUBLISHED_STEP * scale)),
    )
    return StudyNetwork(name, column, applied, settings, match)


def redistributed(
    model: str,
    template: str,
    input_shape: ImageShape = CIFAR_SHAPE,
    num_classes: int = 10,
    width_multiplier: Fraction | None = None,
    options: Mapping[str, object] | None = None,
) -> StudyNetwork:
    """Returns a network of the redistribution drafts.

    VGG-19's quadratic is the parabola through the largest width at both ends, which reproduces the
    printed counts.

    Args:
        model: one of `REDISTRIBUTED`.
        template: one of `REDISTRIBUTIONS`.
        input_shape: `(height, width, channels)` of the images.
        num_classes: outputs.
        width_multiplier: factor on the redistributed widths, for the base on its own, one for each
            slot; `None`: the published networks.
        options: of the architecture.
    """
    settings = NetworkSettings(model, _shape(input_shape), num_classes, options or {})
    applied = "quadratic_max" if (model, template) == ("vgg19", "quadratic") else template
    if width_multiplier is None:
        return StudyNetwork(model, template, applied, settings, MatchSettings())
    if template == "base":
        applied = SCALED_BASE
    match = MatchSettings(width_multiplier=width_multiplier)
    return StudyNetwork(model, template, applied, settings, match)


def _shape(sides: Sequence[int]) -> tuple[int, int, int]:
    height, width, channels = sides
    return height, width, channels
