"""What a search found, with its evidence: a value that tells itself, as JSON and as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_templates.design.design import Design
from nasbench_templates.distributions.template import BASE
from nasbench_templates.execution.evaluation import EvaluationRow
from nasbench_templates.report import paired
from nasbench_templates.report.paired import PairedDifference
from nasbench_templates.support import tables

if TYPE_CHECKING:
    import pandas as pd

FINISHED, SEARCHING = "finished", "searching"
# A trial's network is one that was tried before, or none at this budget.
SAME, EXCLUDED = "same", "excluded"


@dataclass(frozen=True, slots=True)
class Trial:
    """A distribution that was proposed.

    Attributes:
        number: from 0, in the order of the proposals.
        template: its name.
        status: `"complete"`, `"pruned"`, `"failed"`, `SAME` or `EXCLUDED`.
        design: the network; `None` where there is none.
        epochs: that each of its runs made; 0 for what was not trained on its own.
        val_accuracy: mean over the search seeds after these epochs, fraction in [0, 1].
        reason: why it was left out or failed, or which template it is the same as.
    """

    number: int
    template: str
    status: str
    design: Design | None = None
    epochs: int = 0
    val_accuracy: float | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Returns the trial for JSON."""
        design = self.design
        return {
            "trial": self.number,
            "template": self.template,
            "status": self.status,
            "filters": None if design is None else list(design.filters),
            "macs": None if design is None else design.cost.macs,
            "gap": None if design is None else design.gap,
            "epochs": self.epochs,
            "val_accuracy": self.val_accuracy,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Effort:
    """What runs took.

    Attributes:
        runs: how many were trained.
        epochs: of all of them together.
        train_seconds: of their training steps, whatever else the machine did.
        macs: multiply-accumulates of their training steps: a step's backward pass counts as two
            forward passes; evaluation is left out.
    """

    runs: int = 0
    epochs: int = 0
    train_seconds: float = 0.0
    macs: int = 0

    def __add__(self, other: "Effort") -> "Effort":
        return Effort(
            self.runs + other.runs,
            self.epochs + other.epochs,
            self.train_seconds + other.train_seconds,
            self.macs + other.macs,
        )

    def to_json(self) -> dict[str, Any]:
        """Returns the effort for JSON."""
        return {
            "runs": self.runs,
            "epochs": self.epochs,
            "train_seconds": self.train_seconds,
            "macs": self.macs,
        }


@dataclass(frozen=True, slots=True)
class Contender:
    """The winner or the base.

    Attributes:
        design: the network.
        val_accuracy: mean over the search seeds, by which it was chosen.
        final: its runs with the final seeds; `None` before they are trained.
    """

    design: Design
    val_accuracy: float | None
    final: EvaluationRow | None = None

    def tests(self) -> dict[int, float]:
        """Returns test accuracies by final seed, of the runs that finished."""
        outcomes = {} if self.final is None else self.final.outcomes
        found = {seed: (each.result or {}).get("test_accuracy") for seed, each in outcomes.items()}
        return {seed: value for seed, value in found.items() if value is not None}

    def to_json(self) -> dict[str, Any]:
        """Returns the contender for JSON."""
        cost = self.design.cost
        return {
            "template": self.design.template,
            "filters": list(self.design.filters),
            "macs": cost.macs,
            "params": cost.params,
            "trainable_params": cost.trainable_params,
            "gap": self.design.gap,
            "val_accuracy": self.val_accuracy,
            "test_accuracy": {str(seed): value for seed, value in self.tests().items()},
            "latency_ms": None if self.final is None else self.final.latency_ms,
        }


@dataclass(frozen=True, slots=True, repr=False)
class SearchAnswer:
    """The best distribution that was found, and why.

    Attributes:
        status: `FINISHED`, or `SEARCHING` while something is left to train.
        settings: what was asked for, for JSON.
        base: the published widths.
        winner: the candidate of the highest validation accuracy; `None` without any yet.
        trials: all proposals, in their order.
        search_effort: of the candidates' and the base's runs with the search seeds.
        final_effort: of the runs with the final seeds.
        wall_seconds: from begin to end of the calls that trained, waiting included.
        is_exhausted: whether proposals were given up as they brought nothing new.
    """

    status: str
    settings: Mapping[str, Any]
    base: Contender
    winner: Contender | None
    trials: tuple[Trial, ...]
    search_effort: Effort
    final_effort: Effort
    wall_seconds: float
    is_exhausted: bool = False

    @property
    def difference(self) -> PairedDifference | None:
        """The winner's test accuracy minus the base's, seed by seed; `None` below two pairs."""
        if self.winner is None:
            return None
        base, other = self.base.tests(), self.winner.tests()
        seeds = sorted(base.keys() & other.keys())
        return paired.paired_difference([base[each] for each in seeds],
                                        [other[each] for each in seeds])  # fmt: skip

    @property
    def beats_base(self) -> bool:
        """Whether the winner is better on validation, and on test by an interval above 0."""
        if self.winner is None or self.difference is None or not self._is_ahead:
            return False
        return self.difference.verdict == "higher"

    @property
    def template(self) -> str:
        """What to use: the winner where it beats the base, else the base."""
        return self.winner.design.template if self.winner and self.beats_base else BASE

    @property
    def _is_ahead(self) -> bool:
        base = self.base.val_accuracy
        found = None if self.winner is None else self.winner.val_accuracy
        return found is not None and (base is None or found > base)

    @property
    def statement(self) -> str:
        """The answer in words."""
        if self.winner is None:
            return "no candidate has been trained to its end yet"
        name, difference = self.winner.design.template, self.difference
        if difference is None:
            return f"{name} is the best candidate on validation; the comparison is still to come"
        points = (
            f"{100 * difference.mean:+.2f} points of test accuracy over {difference.count} seeds, "
            f"{100 * difference.confidence:g} % interval {100 * difference.low:+.2f} to "
            f"{100 * difference.high:+.2f}"
        )
        if self.beats_base:
            return f"{name} beats the base: {points}{self._cost_note()}"
        if not self._is_ahead:
            head = "nothing beats the base, which is not below any candidate on validation"
        elif difference.verdict == "lower":
            head = "nothing beats the base: the best candidate on validation is worse on test"
        else:
            head = "nothing is shown to beat the base: the interval of the difference holds 0"
            if difference.low > 0 or difference.high < 0:
                head = "nothing is shown to beat the base: too few pairs, or all alike"
        return f"{head}; best candidate {name}: {points}{self._cost_note()}"

    def _cost_note(self) -> str:
        if self.winner is None:
            return ""
        ratio = self.winner.design.cost.macs / self.base.design.cost.macs
        return "" if abs(ratio - 1) <= 0.05 else f"; it takes {ratio:.2f} times the base's MACs"

    def to_json(self) -> dict[str, Any]:
        """Returns the answer for `search.json`."""
        difference = self.difference
        return {
            "status": self.status,
            "settings": dict(self.settings),
            "answer": {
                "template": self.template,
                "beats_base": self.beats_base,
                "statement": self.statement,
            },
            "winner": self.winner and self.winner.to_json(),
            "base": self.base.to_json(),
            "difference": difference
            and {
                "seeds": difference.count,
                "mean": difference.mean,
                "low": difference.low,
                "high": difference.high,
                "confidence": difference.confidence,
                "verdict": difference.verdict,
            },
            "trials": [trial.to_json() for trial in self.trials],
            "is_exhausted": self.is_exhausted,
            "cost": {
                "search": self.search_effort.to_json(),
                "final": self.final_effort.to_json(),
                "wall_seconds": self.wall_seconds,
            },
        }

    def to_pandas(self) -> "pd.DataFrame":
        """Returns a data frame with a row for each trial, columns as of `Trial.to_json`."""
        import pandas as pd

        return pd.DataFrame([trial.to_json() for trial in self.trials])

    def counts(self) -> dict[str, int]:
        """Returns how many trials have each status, those that occur."""
        statuses: Sequence[str] = [trial.status for trial in self.trials]
        return {each: statuses.count(each) for each in dict.fromkeys(statuses)}

    def _repr_html_(self) -> str:
        base = ("", self.base.design.template_title, "base", *_figures(self.base.design), "",
                _percent_text(self.base.val_accuracy))  # fmt: skip
        rows = [
            (each.number, each.template, each.status, *_figures(each.design), each.epochs or "",
             _percent_text(each.val_accuracy))
            for each in self.trials
        ]  # fmt: skip
        titles = ("trial", "template", "status", "MMACs", "params", "epochs", "validation %")
        sides = [True, False, False, *[True] * 4]
        return tables.html(self.statement, titles, [base, *rows], sides)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {status}" for status, number in self.counts().items())
        lines = [f"SearchAnswer: {self.statement}"]
        if self.winner is not None:
            lines.append(f"  winner {self.winner.design!r}")
        lines += [
            f"  base {self.base.design!r}",
            f"  trials: {counts or 'none'}; {self.search_effort.runs} runs, "
            f"{self.search_effort.epochs} epochs, {self.search_effort.train_seconds:.0f} s of "
            f"training; comparison {self.final_effort.train_seconds:.0f} s",
        ]
        return "\n".join(lines)


def _figures(design: Design | None) -> tuple[str, str]:
    if design is None:
        return "", ""
    return f"{design.cost.macs / 1e6:.1f}", f"{design.cost.params:,}"


def _percent_text(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.2f}"
