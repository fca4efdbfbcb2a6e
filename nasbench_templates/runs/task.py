"""A run and where it is kept."""

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.runs.folders import RunFolder
from nasbench_templates.runs.spec import RunSpec


@dataclass(frozen=True, slots=True)
class Task:
    """One run to carry out.

    Attributes:
        spec: what is trained.
        place: the run's folder, or the one below which its folder is found by what it is.
        label: readable beginning of the name of a folder that is found so; `None`: `place` is the
            run's folder itself.
    """

    spec: RunSpec
    place: pathlib.Path
    label: str | None = None

    def folder(self, identity: Mapping[str, Any]) -> RunFolder:
        """Returns the run's folder.

        Raises:
            ConfigError: the folder itself is given, and holds another run.
        """
        if self.label is None:
            return RunFolder.at(self.place, identity)
        return RunFolder.locate(self.place, self.label, identity)
