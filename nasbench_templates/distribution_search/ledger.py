"""What each network of a search scored and took, by the template that first gave it."""

import pathlib
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.design.design import Design
from nasbench_templates.distribution_search.answer import Effort
from nasbench_templates.distribution_search.settings import SearchSettings
from nasbench_templates.distributions.template import BASE
from nasbench_templates.runs import events
from nasbench_templates.runs.events import Outcome
from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.runs.task import Task

# A step's backward pass takes about two forward passes: one for the gradients of the weights, one
# for those of the maps.
_PASSES = 3


@dataclass(frozen=True, slots=True)
class Score:
    """What a network's runs gave up to an epoch.

    Attributes:
        accuracy: mean validation accuracy over the search seeds, fraction in [0, 1]; `None` where
            a run failed.
        epochs: that each run made.
        effort: of its runs.
        reason: why a run failed.
    """

    accuracy: float | None
    epochs: int
    effort: Effort
    reason: str | None = None


class Ledger:
    """Scores and efforts of one search.

    Args:
        settings: of the search.
    """

    def __init__(self, settings: SearchSettings):
        self._settings = settings
        self._ended: dict[str, tuple[str, Score]] = {}
        self.final_effort = Effort()

    @property
    def num_tried(self) -> int:
        """How many networks besides the base have been tried to their end."""
        return len(self._ended.keys() - {BASE})

    @property
    def search_effort(self) -> Effort:
        """Of all runs with the search seeds."""
        return sum((score.effort for _, score in self._ended.values()), Effort())

    def knows(self, template: str | None) -> bool:
        """Returns whether the trial of a network has ended."""
        return template in self._ended

    def known(self, template: str) -> tuple[str, Score]:
        """Returns how the trial of a network ended."""
        return self._ended[template]

    def end(self, template: str, state: str, score: Score) -> None:
        """Notes how the trial of a network ended."""
        self._ended[template] = state, score

    def recall(self, template: str, state: str, notes: Mapping[str, Any]) -> None:
        """Notes the same from what an earlier call kept of it."""
        effort = Effort(**notes["effort"])
        score = Score(notes["val_accuracy"], notes["epochs"], effort, notes["reason"])
        self.end(template, state, score)

    def tasks(self, design: Design, epochs: int) -> list[Task]:
        """Returns a network's runs with the search seeds, until an epoch."""
        return [self._settings.task(design, seed, epochs) for seed in self._settings.search_seeds]

    def score(self, design: Design, epochs: int, outcomes: Mapping[Task, Outcome]) -> Score:
        """Returns what a network's runs gave up to an epoch, read from their folders."""
        runs = [outcomes[task] for task in self.tasks(design, epochs)]
        effort = sum((_effort(design, each, self._settings) for each in runs), Effort())
        failed = [each for each in runs if each.status == events.FAILED]
        if failed:
            return Score(None, 0, effort, failed[0].reason)
        # A run may be further by now, so its last accuracy need not be that of this epoch.
        accuracies = [_epochs(each)[epochs - 1]["val_accuracy"] for each in runs]
        return Score(statistics.fmean(accuracies), epochs, effort)

    def note_final(self, design: Design, runs: Iterable[Outcome]) -> None:
        """Adds what the runs of the comparison took."""
        for each in runs:
            self.final_effort += _effort(design, each, self._settings)


def discard_checkpoints(outcomes: Iterable[Outcome]) -> None:
    """Removes the state of runs that nobody will train on; what they scored stays."""
    for each in outcomes:
        if each.folder is not None:
            RunFolder(pathlib.Path(each.folder), {}).discard_checkpoints()


def _epochs(outcome: Outcome) -> list[dict[str, Any]]:
    return RunFolder(pathlib.Path(outcome.folder or ""), {}).read_epochs()


def _effort(design: Design, outcome: Outcome, settings: SearchSettings) -> Effort:
    rows = _epochs(outcome)
    images = sum(round(row["images_per_second"] * row["seconds"]) for row in rows)
    # A step of the filters is followed by one of the shares where they are learned apart.
    steps = 1 if settings.config.mixing is None else 2
    return Effort(
        runs=1,
        epochs=len(rows),
        train_seconds=sum(row["seconds"] for row in rows),
        macs=_PASSES * design.cost.macs * images * steps,
    )
