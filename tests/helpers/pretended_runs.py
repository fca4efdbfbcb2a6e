"""Runs that are not trained: their folders hold epochs whose accuracy a function gives."""

import dataclasses
import json

from nasbench_templates.runs import events
from nasbench_templates.runs.events import Outcome

IMAGES = 64


class StopNowError(Exception):
    """What stands for a kill between two runs."""


class Pretender:
    """Carries out runs without training.

    Args:
        score: validation accuracy of widths after an epoch.
        fails: whether a run of these widths fails.
        kill_after: so many runs are made before `StopNowError`; `None`: no kill.
        stop_after: likewise, but the runs after it are reported as interrupted.
    """

    def __init__(self, score, fails=lambda filters: False, kill_after=None, stop_after=None):
        self._score, self._fails = score, fails
        self._kill_after, self._stop_after = kill_after, stop_after
        self.trained = []
        self.made = []

    def __call__(self, tasks):
        return tuple(self._carried_out(task) for task in tasks)

    def _carried_out(self, task):
        spec, place = task.spec, task.place / (task.label or "run")
        epochs = task.stop_after_epochs or spec.config.epochs
        metrics = place / "metrics.jsonl"
        known = metrics.read_text().splitlines() if metrics.exists() else []
        is_whole = (place / "whole").exists()
        if is_whole or (task.stop_after_epochs and len(known) >= epochs):
            return self._outcome(task, place, is_known=True)
        if self._kill_after is not None and len(self.made) == self._kill_after:
            raise StopNowError
        if self._stop_after is not None and len(self.made) >= self._stop_after:
            return Outcome(task, events.INTERRUPTED, str(place), reason="SIGTERM")
        self.made.append(task)
        place.mkdir(parents=True, exist_ok=True)
        if self._fails(spec.design.filters):
            return Outcome(task, events.FAILED, str(place), reason="the loss is not finite")
        for epoch in range(len(known) + 1, epochs + 1):
            row = {
                "epoch": epoch, "seconds": 1.0, "images_per_second": float(IMAGES),
                "val_accuracy": self._of(spec, epoch),
            }  # fmt: skip
            known.append(json.dumps(row))
            self.trained.append((spec.design.filters, spec.seed, epoch))
        metrics.write_text("\n".join(known) + "\n")
        if task.stop_after_epochs is None:
            (place / "whole").touch()
        return self._outcome(task, place, is_known=False)

    def _of(self, spec, epoch):
        return self._score(spec.design.filters, epoch) + 0.001 * spec.seed

    def _outcome(self, task, place, is_known):
        spec = task.spec
        result = {
            "num_images": [IMAGES, 10, 10],
            "val_accuracy": None,
            "versions": {},
            "dataset": "digits",
            "device": "none",
            "data_source": "",
            "data_checksum": "",
        }
        status = events.PAUSED
        if task.stop_after_epochs is None:
            status = events.FINISHED
            # Seeds scatter, as otherwise an interval has no width.
            score = self._of(spec, spec.config.epochs)
            result["test_accuracy"] = score + 0.0001 * (spec.seed % 3) * len(
                set(spec.design.filters)
            )
        outcome = Outcome(task, status, str(place), result, is_known=is_known)
        return dataclasses.replace(outcome, reason="paused" if status == events.PAUSED else None)
