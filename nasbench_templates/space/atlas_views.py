"""What an atlas shows at a glance: the spread of each template, and the best recorded cells."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nasbench_templates.distributions.template import BASE
from nasbench_templates.space import atlas
from nasbench_templates.support.errors import ConfigError, DataError


@dataclass(frozen=True, slots=True)
class TemplateSummary:
    """All cells under one template; triples are the smallest, the median and the largest.

    Attributes:
        template: name.
        cells: how many have a network.
        without_network: how many have none, for each reason.
        peak: the largest width.
        gap: relative distance to the budget.
        params_ratio: trainable parameters over those of the same cell under the first template.
    """

    template: str
    cells: int
    without_network: dict[str, int]
    peak: tuple[float, float, float] | None
    gap: tuple[float, float, float] | None
    params_ratio: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class ParetoCell:
    """A recorded cell that no other one beats with fewer parameters.

    Attributes:
        module_hash: 32 hexadecimal digits.
        validation_accuracy: mean of the known repeats of the base, 0..1.
        repeats: how many are known.
        params: trainable parameters under each template; `None` where it has no network.
    """

    module_hash: str
    validation_accuracy: float
    repeats: int
    params: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class ParetoView:
    """Recorded cells by parameters and accuracy of the base.

    Attributes:
        params: trainable parameters of every recorded cell, shape `(cells,)`.
        validation_accuracy: of every recorded cell, shape `(cells,)`.
        front: the cells on the Pareto front, by increasing parameters.
    """

    params: np.ndarray
    validation_accuracy: np.ndarray
    front: tuple[ParetoCell, ...]


def summarize(path: pathlib.Path, description: atlas.Description) -> tuple[TemplateSummary, ...]:
    """Returns a summary of every template of an atlas."""
    peaks = atlas.read_numbers(path, description, "peak")
    gaps = atlas.read_numbers(path, description, "gap")
    params = atlas.read_numbers(path, description, "trainable_params")
    ratios = params / params[:, :1]
    return tuple(
        TemplateSummary(
            template,
            int(np.isfinite(peaks[:, place]).sum()),
            description.without_network[template],
            *(_spread(values[:, place]) for values in (peaks, gaps, ratios)),
        )
        for place, template in enumerate(description.templates)
    )


def _spread(values: np.ndarray) -> tuple[float, float, float] | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    return float(known.min()), float(np.median(known)), float(known.max())


def check_has_base(templates: tuple[str, ...]) -> None:
    """Checks that the Pareto front of the base can be found.

    Raises:
        ConfigError: the base is not among the templates.
    """
    if BASE not in templates:
        raise ConfigError(
            f"expected {BASE} among the templates for the Pareto front, received "
            f"{', '.join(templates)}"
        )


def find_pareto(
    path: pathlib.Path,
    description: atlas.Description,
    accuracies: Mapping[str, tuple[float, ...]],
) -> ParetoView:
    """Returns the recorded cells, and which of them are best for their size.

    Args:
        path: of an atlas.
        description: of the atlas.
        accuracies: validation accuracy of each known repeat, by module hash.

    Raises:
        ConfigError: the base is not among the templates.
        DataError: no cell of the atlas has a record.
    """
    check_has_base(description.templates)
    names = atlas.read_hashes(path, description)
    params = atlas.read_numbers(path, description, "trainable_params")
    base = params[:, description.templates.index(BASE)]
    places = np.array(
        [
            place
            for place, name in enumerate(names)
            if accuracies.get(name) and np.isfinite(base[place])
        ],
        np.int64,
    )
    if not len(places):
        raise DataError(
            f"{path}: expected cells with a recorded validation accuracy, found none among "
            f"{description.cells} cells and {len(accuracies)} records"
        )
    means = np.array([np.mean(accuracies[names[place]]) for place in places])
    front = [
        ParetoCell(
            names[places[best]],
            float(means[best]),
            len(accuracies[names[places[best]]]),
            {
                template: None if np.isnan(count) else int(count)
                for template, count in zip(description.templates, params[places[best]], strict=True)
            },
        )
        for best in pareto_front(base[places], means)
    ]
    return ParetoView(base[places], means, tuple(front))


def pareto_front(costs: np.ndarray, scores: np.ndarray) -> list[int]:
    """Returns the positions that no other one beats with a lower or equal cost.

    By increasing cost; of positions that are equal in both, the first.

    Example:
        >>> pareto_front(np.array([3, 1, 2, 2]), np.array([0.9, 0.5, 0.7, 0.4]))
        [1, 2, 0]
    """
    front: list[int] = []
    for place in np.lexsort((-scores, costs)).tolist():
        if not front or scores[place] > scores[front[-1]]:
            front.append(place)
    return front
