"""Printed figures of one paper, and what follows from them: gains, shares, who is best."""

from collections.abc import Iterable, Mapping

from nasbench_templates.papers import count_tables
from nasbench_templates.papers.published import Figure, Figures, is_printed_of
from nasbench_templates.support.errors import DataError

ACCURACY, PARAMS, MEMORY, TIME = (
    "accuracy_percent", "params_millions", "memory_mb", "inference_ms",
)  # fmt: skip
BASE = "base"
# (template, data set) -> points above the base of the same network and data set.
Gains = Mapping[tuple[str, str], float]


def says(claimed: str, number: float) -> bool:
    """Returns whether a claimed number is this one, truncated or rounded to its decimals."""
    return is_printed_of(claimed, number)


class Evidence:
    """What one paper prints.

    Args:
        figures: of all papers.
        paper: whose tables are meant.
    """

    def __init__(self, figures: Figures, paper: str):
        self._figures, self._paper = figures, paper

    def figure(self, table: str, network: str, template: str, quantity: str, **keys: str) -> Figure:
        """Returns one printed figure.

        Raises:
            DataError: there is none, or its cell is lost.
        """
        found = self._figures.find(
            self._paper, table, network=network, template=template, quantity=quantity, **keys
        )
        if found is None or found.value is None:
            raise DataError(f"{self._paper}, table {table}: no {quantity} of {network} {template}")
        return found

    def value(
        self, table: str, network: str, template: str, quantity: str = ACCURACY, **keys: str
    ) -> float:
        """Returns one printed number."""
        return self.figure(table, network, template, quantity, **keys).number

    def select(self, table: str, **keys: str) -> tuple[Figure, ...]:
        """Returns the figures of a table that are not lost."""
        found = self._figures.select(self._paper, table, **keys)
        return tuple(figure for figure in found if figure.value is not None)

    def percent_of_base(
        self, table: str, network: str, template: str, quantity: str = PARAMS, **keys: str
    ) -> float:
        """Returns a printed figure in percent of the base's."""
        base = self.value(table, network, BASE, quantity, **keys)
        return 100 * self.value(table, network, template, quantity, **keys) / base

    def percent_less(
        self, table: str, network: str, template: str, quantity: str = PARAMS, **keys: str
    ) -> float:
        """Returns how many percent a printed figure is below the base's."""
        return 100 - self.percent_of_base(table, network, template, quantity, **keys)

    def our_percent_of_base(self, table: str, network: str, template: str) -> float:
        """Returns our parameters of a network in percent of our base's."""
        ours, base = (
            count_tables.network_of(self.figure(table, network, each, PARAMS)).plan()
            for each in (template, BASE)
        )
        return 100 * ours.cost.trainable_params / base.cost.trainable_params

    def our_percent_less(self, table: str, network: str, template: str) -> float:
        """Returns how many percent our parameters of a network are below our base's."""
        return 100 - self.our_percent_of_base(table, network, template)

    def image_gains(self, network: str) -> Gains:
        """Returns the gains of tables 2 and 3 of "The Myth of the Pyramid"."""
        return self.gains(("2", "3"), network)

    def gains(self, tables: Iterable[str], network: str) -> Gains:
        """Returns the points of every template above the base, by template and data set."""
        found = {
            (figure.template, figure.dataset): figure.value
            for table in tables
            for figure in self.select(table, network=network, quantity=ACCURACY)
            if figure.value is not None
        }
        return {
            (template, dataset): round(accuracy - found[BASE, dataset], 3)
            for (template, dataset), accuracy in found.items()
            if template != BASE and (BASE, dataset) in found
        }


def of_template(gains: Gains, template: str) -> Gains:
    """Returns the gains of one template."""
    return {key: gain for key, gain in gains.items() if key[0] == template}


def below_base(gains: Gains) -> Gains:
    """Returns the gains that are losses."""
    return {key: gain for key, gain in gains.items() if gain < 0}


def best_templates(gains: Gains, dataset: str, *, with_base: bool = True) -> set[str]:
    """Returns the templates with the highest accuracy on a data set, all of them where several are.

    Args:
        gains: of one network.
        dataset: which.
        with_base: whether the base takes part.
    """
    points = {template: gain for (template, each), gain in gains.items() if each == dataset}
    if with_base:
        points[BASE] = 0.0
    return {template for template, gain in points.items() if gain == max(points.values())}


def datasets(gains: Gains) -> list[str]:
    """Returns the data sets of some gains, each once."""
    return list(dict.fromkeys(dataset for _, dataset in gains))


def listed(gains: Gains) -> str:
    """Returns gains as text, the lowest first."""
    ordered = sorted(gains.items(), key=lambda item: item[1])
    return ", ".join(f"{name} on {dataset} {gain:+.2f}" for (name, dataset), gain in ordered)
