"""A run and where it is kept."""

import dataclasses
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.support.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Task:
    """One run to carry out.

    Attributes:
        spec: what is trained.
        place: the run's folder, or the one below which its folder is found by what it is.
        label: readable beginning of the name of a folder that is found so; `None`: `place` is the
            run's folder itself.
        stop_after_epochs: the run is saved after so many of its epochs, before the test split is
            evaluated, even after the last one; another task without this, or with more, goes on to
            the last bit as if it had never stopped. No part of what the run is: the schedule is
            that of all epochs. `None`: it is trained to its end.

    Raises:
        ConfigError: a number of epochs that the run does not have.
    """

    spec: RunSpec
    place: pathlib.Path
    label: str | None = None
    stop_after_epochs: int | None = None

    def __post_init__(self) -> None:
        epochs = self.spec.config.epochs
        if self.stop_after_epochs is not None and not 1 <= self.stop_after_epochs <= epochs:
            raise ConfigError(
                f"expected stop_after_epochs from 1 to the run's {epochs} epochs, received "
                f"{self.stop_after_epochs}"
            )

    @property
    def whole(self) -> "Task":
        """The same run to its end."""
        return dataclasses.replace(self, stop_after_epochs=None)

    def folder(self, identity: Mapping[str, Any]) -> RunFolder:
        """Returns the run's folder.

        Raises:
            ConfigError: the folder itself is given, and holds another run.
        """
        if self.label is None:
            return RunFolder.at(self.place, identity)
        return RunFolder.locate(self.place, self.label, identity)
