"""How far runs are: bars on a terminal, a log line for each epoch elsewhere."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from absl import logging

from nasbench_templates.runs import events
from nasbench_templates.runs.events import (
    Ended,
    EpochEnded,
    Event,
    Preparing,
    Started,
    Stepped,
    Waiting,
)
from nasbench_templates.runs.task import Task

if TYPE_CHECKING:
    import tqdm


class RunProgress:
    """Shows the events of one run, step by step, or of many, epoch by epoch.

    Args:
        num_runs: how many there are.
        epochs: of all of them together.
    """

    def __init__(self, num_runs: int, epochs: int):
        self._num_runs = num_runs
        self._epochs = epochs
        self._num_ended = 0
        self._is_terminal = sys.stderr.isatty()
        self._bar: tqdm.tqdm | None = None
        # By runs to their end, as one may stop in between.
        self._seen: dict[Task, float] = {}
        self._steps_per_epoch: dict[Task, int] = {}

    def __enter__(self) -> "RunProgress":
        import tqdm

        self._bar = tqdm.tqdm(
            total=self._epochs,
            unit="epoch",
            dynamic_ncols=True,
            disable=not self._is_terminal,
            bar_format="{l_bar}{bar}| {n:.1f}/{total} epochs [{elapsed}<{remaining}{postfix}]",
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, event: Event) -> None:
        """Shows what happened."""
        match event:
            case Preparing(task):
                logging.info("%sreading data and building the network", self._prefix(task))
            case Started():
                self._started(event)
            case Stepped(task, epoch, step):
                self._move(task, epoch - 1, step)
            case EpochEnded():
                self._epoch(event)
            case Waiting(task):
                logging.info("%sanother process trains it; waiting for it", self._prefix(task))
            case Ended(outcome):
                self._ended(outcome)

    def _started(self, event: Started) -> None:
        steps = event.steps_per_epoch
        done = event.epochs_done * steps + event.steps_done
        resumed = f", resumed after epoch {event.epochs_done}, step {event.steps_done}"
        logging.info("%straining: %d epochs of %d steps%s; device: %s", self._prefix(event.task),
                     event.task.spec.config.epochs, steps, resumed if done else "",
                     event.device)  # fmt: skip
        self._steps_per_epoch[event.task] = steps
        self._move(event.task, event.epochs_done, event.steps_done)

    def _move(self, task: Task, epochs: int, steps: int) -> None:
        # A resumed run begins somewhere in the middle, so positions count, not calls.
        place = epochs + steps / self._steps_per_epoch.get(task, 1)
        if self._bar is not None:
            self._bar.update(place - self._seen.get(task.whole, 0.0))
        self._seen[task.whole] = place

    def _epoch(self, event: EpochEnded) -> None:
        metrics, task = event.metrics, event.task
        self._move(task, metrics.epoch, 0)
        validation = "-" if metrics.val_accuracy is None else f"{metrics.val_accuracy:.4f}"
        if self._is_terminal and self._bar is not None:
            self._bar.set_postfix_str(
                f"{self._prefix(task)}loss {metrics.loss:.3f}, val {validation}"
            )
        else:
            logging.info(
                "%sepoch %d/%d: loss %.4f, accuracy %.4f, val_accuracy %s, %.1f s, %.0f images/s",
                self._prefix(task), metrics.epoch, task.spec.config.epochs, metrics.loss,
                metrics.accuracy, validation, metrics.seconds, metrics.images_per_second,
            )  # fmt: skip

    def _paused(self, outcome: events.Outcome) -> None:
        task, score = outcome.task, (outcome.result or {}).get("val_accuracy")
        validation = "" if score is None else f", validation accuracy {score:.4f}"
        logging.info("%s%s%s", self._prefix(task), outcome.reason, validation)
        self._move(task, task.stop_after_epochs or 0, 0)

    def _ended(self, outcome: events.Outcome) -> None:
        if outcome.status == events.PAUSED:
            self._paused(outcome)
            return
        self._num_ended += 1
        count = f"run {self._num_ended} of {self._num_runs}: " if self._num_runs > 1 else ""
        name = outcome.task.label or outcome.folder
        if outcome.is_known:
            logging.info("%s%s: finished before, read back", count, name)
        elif outcome.result is not None and outcome.is_finished and self._num_runs > 1:
            accuracy = outcome.result["test_accuracy"]
            logging.info("%s%s: test accuracy %.4f", count, name, accuracy)
        elif outcome.status == events.FAILED and self._num_runs > 1:
            logging.error("%s%s failed: %s", count, name, outcome.reason)
        elif not outcome.is_finished and self._num_runs > 1:
            logging.info("%s%s: %s, %s", count, name, outcome.status, outcome.reason)
        if outcome.is_finished:
            self._move(outcome.task, outcome.task.spec.config.epochs, 0)

    def _prefix(self, task: Task) -> str:
        if self._num_runs == 1:
            return ""
        return f"{task.label or task.place.name}: "
