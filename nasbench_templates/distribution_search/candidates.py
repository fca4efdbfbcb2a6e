"""Distributions that a search may choose from, matched to its budget; each network counts once.

candidates = Candidates(network, MatchSettings(rule="nearest"), most_gap=0.05)
found = candidates.find("shape(turn=0.4,rise=1,fall=0.5,curve=0)")
"""

from dataclasses import dataclass

from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import MatchSettings
from nasbench_templates.distributions.template import BASE, PeakTemplate, templates
from nasbench_templates.support.errors import BudgetError, SpecError, describe


@dataclass(frozen=True, slots=True)
class Candidate:
    """What came of a template at the budget.

    Attributes:
        template: its name.
        design: the network; `None` where there is none at this budget.
        exclusion: why there is none.
        same_as: the template that gave these widths first; `None` where this one did.
    """

    template: str
    design: Design | None = None
    exclusion: str | None = None
    same_as: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether it is a network that no other candidate is."""
        return self.design is not None and self.same_as is None


class Candidates:
    """The templates of one search, each matched once.

    Args:
        network: under which name, settings or architecture it is asked for.
        matching: how widths are matched to the budget.
        most_gap: candidates whose cost differs from the budget by a larger part are left out.

    Raises:
        ConfigError: options that the network does not have.
        SpecError: a network that cannot be built.
    """

    def __init__(self, network: planning.Network, matching: MatchSettings, most_gap: float):
        self._network = network
        self._matching = matching
        self._most_gap = most_gap
        (self.base,) = planning.plan(network, [BASE], matching)
        self._found: dict[str, Candidate] = {}
        self._first: dict[tuple[int, ...], str] = {}
        if self.base.source.base_graph is None:
            # Widths of the base make the base, unless that has a graph of its own.
            self._first[self.base.filters] = BASE

    def find(self, name: str) -> Candidate:
        """Returns what a template gives at the budget; the same for the same name.

        Raises:
            UnknownNameError: no such template.
        """
        name = templates.canonical(name)
        if name not in self._found:
            self._found[name] = self._matched(name)
        return self._found[name]

    def left_out(self) -> tuple[Candidate, ...]:
        """Returns those of the registered templates that give no network at the budget."""
        return tuple(each for each in map(self.find, registered()) if each.design is None)

    def check_registered(self) -> None:
        """Checks that a registered template gives a network at the budget besides the base.

        Raises:
            BudgetError: none does.
        """
        found = [self.find(name) for name in registered()]
        if any(each.is_new for each in found):
            return
        reason = found[0].exclusion or f"template {found[0].template}: the widths of the base"
        raise BudgetError(
            f"expected a network besides the base at the budget, none of {len(found)} templates "
            f"gives one, and the base is {100 * self.base.gap:+.1f} % off it: ask for another "
            f"budget or a larger most_gap; the first: {reason}"
        )

    def _matched(self, name: str) -> Candidate:
        try:
            (design,) = planning.plan(self._network, [name], self._matching, warns=False)
        except (BudgetError, SpecError) as error:
            return Candidate(name, exclusion=describe(error))
        if abs(design.gap) > self._most_gap:
            return Candidate(
                name,
                exclusion=f"template {name}: its cost is {100 * design.gap:+.1f} % off the "
                f"budget, more than the {100 * self._most_gap:g} % allowed",
            )
        first = self._first.setdefault(design.filters, name)
        return Candidate(name, design, same_as=None if first == name else first)


def registered() -> tuple[str, ...]:
    """Returns the registered templates that are matched to a budget."""
    return tuple(name for name in templates if isinstance(templates.get(name), PeakTemplate))
