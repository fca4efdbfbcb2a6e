"""A call that trains: its signals, devices, workers and progress, and the status it ends with.

with running.Session(flag_values, num_runs=len(tasks), epochs=epochs) as session:
outcomes = engine.carry_out(tasks, session.context, **session.watch)
return session.status()
"""

import contextlib
import pathlib
from types import TracebackType
from typing import Any, Protocol

from absl import flags, logging

from nasbench_templates.cli import command, stop_signals
from nasbench_templates.cli.flags import running_flags
from nasbench_templates.cli.run_progress import RunProgress
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.events import Event, Outcome
from nasbench_templates.training.config import TrainConfig


class Progress(Protocol):
    """Shows what happens while it is entered."""

    def __enter__(self) -> object: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event) -> None:
        """Shows what happened."""


class Session:
    """What surrounds the runs of one call.

    Args:
        flag_values: parsed flags of `running_flags`.
        num_runs: how many runs are planned.
        epochs: of all of them together.
        is_held_refused: whether a run that another process trains is an error.
        progress: shows what happens; `None`: bars, or a line for each epoch.
    """

    def __init__(
        self,
        flag_values: flags.FlagValues,
        num_runs: int,
        epochs: int,
        *,
        is_held_refused: bool = False,
        progress: Progress | None = None,
    ):
        self._flags = flag_values
        self._is_held_refused = is_held_refused
        self._signals = stop_signals.StopSignals()
        self._progress: Progress = progress or RunProgress(num_runs, epochs)
        self._exits = contextlib.ExitStack()
        self._ended: list[Outcome] = []
        self.workers = running_flags.num_workers(flag_values, num_runs)
        self.context = Context()

    def __enter__(self) -> "Session":
        self._exits.enter_context(self._signals)
        self.context = running_flags.context(self._flags, is_held_refused=self._is_held_refused)
        if self.context.distribution is not None:
            self._exits.enter_context(self.context.distribution.lost_workers_reported())
        self._signals.take()
        self._exits.enter_context(self._progress)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return self._exits.__exit__(kind, error, trace)

    def check(self, config: TrainConfig, folder: pathlib.Path) -> None:
        """Checks what can be refused before data are read.

        Raises:
            ConfigError: settings that the devices cannot share, or a folder that the machines do
                not.
        """
        distribution = self.context.distribution
        config.check_replicas(None if distribution is None else distribution.num_replicas)
        if distribution is not None:
            distribution.check_shared(folder)

    @property
    def watch(self) -> dict[str, Any]:
        """The arguments `workers`, `on_event` and `stop_reason` of `engine.carry_out`."""
        return {
            "workers": self.workers,
            "on_event": self._on_event,
            "stop_reason": lambda: self._signals.name,
        }

    @property
    def stop_reason(self) -> str | None:
        """The name of the signal that came, or `None`."""
        return self._signals.name

    def status(self) -> int:
        """Returns the exit status of the call and says what follows after a stop."""
        limit = self.context.time_limit_reason
        stopped = [
            each.reason
            for each in self._ended
            if each.status in (events.INTERRUPTED, events.SKIPPED, events.HELD)
        ]
        failures = [each for each in self._ended if each.status == events.FAILED]
        if stopped:
            reason = self._signals.name or next(filter(None, stopped), "stopped")
            logging.warning("%s: saved; the same command resumes", reason)
            if reason != limit:
                return stop_signals.status(reason)
        return command.FAILED if failures else 0

    def _on_event(self, event: Event) -> None:
        is_alone = isinstance(event, events.Started) and self.workers == 1
        if is_alone or isinstance(event, events.SharedOut):
            # From here on there is something to save, here or in the workers, which are told.
            self._signals.hold()
        if isinstance(event, events.Ended):
            self._ended.append(event.outcome)
        self._progress.show(event)
