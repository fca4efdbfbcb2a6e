"""How far a run is: the complete epochs and the figures of the one under way, as text and back."""

import dataclasses
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import SupportsFloat, SupportsInt

import numpy as np

from nasbench_templates.support.errors import TrainingError
from nasbench_templates.training import metrics
from nasbench_templates.training.metrics import EpochMetrics


@dataclass(slots=True)
class RunState:
    """The position of a run between two steps.

    Attributes:
        history: the complete epochs.
        losses: of the steps of the epoch under way.
        num_correct: images of these steps that were classified correctly.
        seconds: time of these steps.
        learning_rate: of the last of them.
    """

    history: list[EpochMetrics] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    num_correct: int = 0
    seconds: float = 0.0
    learning_rate: float = 0.0

    @property
    def epoch(self) -> int:
        """The epoch under way, counted from 1."""
        return len(self.history) + 1

    @property
    def num_steps(self) -> int:
        """Steps made in the epoch under way."""
        return len(self.losses)

    @property
    def train_seconds(self) -> float:
        """Time of all steps so far."""
        return sum(each.seconds for each in self.history) + self.seconds

    def add(self, outcomes: Iterable[tuple[SupportsFloat, SupportsInt]], rate: float) -> None:
        """Adds the losses and hits of some steps; reading them waits for the device.

        Args:
            outcomes: loss and number of correct images of each step.
            rate: learning rate of the last step.

        Raises:
            TrainingError: a loss is not finite; the message names epoch and step.
        """
        for loss, correct in outcomes:
            self.losses.append(float(loss))
            self.num_correct += int(correct)
        self.learning_rate = rate
        bad = np.flatnonzero(~np.isfinite(self.losses))
        if bad.size:
            raise TrainingError(
                f"epoch {self.epoch}, step {bad[0] + 1}: expected a finite loss, "
                f"received {self.losses[bad[0]]}; a lower --learning_rate may help"
            )

    def settle(
        self, outcomes: list[tuple[SupportsFloat, SupportsInt]], rate: float, start: float
    ) -> None:
        """Adds some steps as `add`, which are taken from the list, and their time.

        Args:
            outcomes: of the steps.
            rate: likewise.
            start: when they began, of `time.perf_counter`.
        """
        # Reading the outcomes waits for the device, so the clock is read after it.
        self.add(outcomes, rate)
        outcomes.clear()
        self.seconds += time.perf_counter() - start

    def pause_reason(self, stop_after_epochs: int | None) -> str | None:
        """Returns why to stop before the next epoch, or `None`."""
        if stop_after_epochs is None or len(self.history) < stop_after_epochs:
            return None
        return metrics.pause_reason(stop_after_epochs)

    def finish_epoch(
        self, batch_size: int, val_loss: float | None, val_accuracy: float | None
    ) -> EpochMetrics:
        """Returns the figures of the epoch under way and begins the next one."""
        num_images = self.num_steps * batch_size
        ended = EpochMetrics(
            epoch=self.epoch,
            loss=float(np.mean(self.losses)),
            accuracy=self.num_correct / num_images,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=self.learning_rate,
            seconds=self.seconds,
            images_per_second=num_images / self.seconds,
        )
        self.history.append(ended)
        self.losses, self.num_correct, self.seconds = [], 0, 0.0
        return ended

    def to_text(self) -> str:
        """Returns the state as JSON; every number comes back to the last bit."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "RunState":
        """Returns the state that `to_text` wrote."""
        values = json.loads(text)
        history = [EpochMetrics(**entry) for entry in values.pop("history")]
        return cls(history=history, **values)
