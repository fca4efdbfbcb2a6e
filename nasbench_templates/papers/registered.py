"""Studies by name, and the kinds of work that carry them out.

A study is one file in `papers/studies/`; the job `study` and the scripts in `experiments/` find it
here. Flags, messages and output folders belong to the command line.

>>> studies.names("w*")
('widths',)
"""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from nasbench_templates.design.design import Design
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.published import Figures
from nasbench_templates.papers.runner import StudyOutcome
from nasbench_templates.papers.study import FULL, SEEDS, SMALL, TrainingStudy
from nasbench_templates.report.result_tables import ResultTable, Value
from nasbench_templates.support.registry import Registry

# Draws rows and outcomes of a study into files.
Draw = Callable[
    [TrainingStudy, Sequence[Mapping[str, Value]], Sequence[StudyOutcome], Sequence[str]], None
]


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """Runs are trained, and their accuracies stand beside the published ones.

    Attributes:
        make: the study for a scale and seeds.
        draw: draws rows and outcomes into files; `None`: no figure.
        more_tables: computed tables that stand below the measured one, from the published figures.
        read_outs: tables that follow from the runs, below the measured one.
        scales: that it has, the default first.
        seeds: one run for each, unless others are asked for.
    """

    make: Callable[[str, Sequence[int]], TrainingStudy]
    draw: Draw | None = None
    more_tables: Callable[[Figures], Sequence[ResultTable]] | None = None
    read_outs: Callable[[TrainingStudy, Sequence[StudyOutcome]], Sequence[ResultTable]] | None = (
        None
    )
    scales: tuple[str, ...] = (FULL, SMALL)
    seeds: tuple[int, ...] = SEEDS


Measurements = Sequence[tuple[StudyNetwork, Mapping[str, Any]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """Networks are measured on this machine, beside what was published of them.

    Attributes:
        title: of the table.
        networks: what is measured; of a trial, a few.
        place: paper and table of the published figures.
        note: what is known of these.
        memory_mb: computes memory as it was published, where that is known.
        make_table: makes the table of what was measured, from the published figures and the notes;
            `None`: the one of single images.
    """

    title: str
    networks: Callable[[bool], Sequence[StudyNetwork]]
    place: tuple[str, str]
    note: str
    memory_mb: Callable[[Design], float] | None = None
    make_table: Callable[[Measurements, Figures, str], ResultTable] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Computed:
    """Tables that follow from the networks alone, in seconds.

    Attributes:
        tables: all of them, the main one first, from the published figures.
        draw: draws into a folder and returns the files; `None`: no figure, and tables are written
            only where a folder is given.
    """

    tables: Callable[[Figures], Sequence[ResultTable]]
    draw: Callable[[pathlib.Path], Sequence[pathlib.Path]] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Own:
    """A study with a command of its own.

    Attributes:
        command: name of the module in `cli/studies/` that carries it out.
    """

    command: str


Work = TypeVar("Work", bound=Trained | Measured | Computed | Own)


@dataclasses.dataclass(frozen=True, slots=True)
class Study(Generic[Work]):
    """One study.

    Attributes:
        name: on the command line; also of its default folder.
        document: its help; the first line says what it is about.
        work: how it is carried out.
    """

    name: str
    document: str
    work: Work

    @property
    def description(self) -> str:
        """One line for listings."""
        return self.document.strip().splitlines()[0]


studies: Registry[Study] = Registry("study", "nasbench_templates.papers.studies")


def study(name: str, document: str, work: Work) -> Study[Work]:
    """Registers a study and returns it.

    Args:
        name: on the command line.
        document: the docstring of its module.
        work: how it is carried out.
    """
    made = Study(name, document, work)
    studies.register(name, made)
    return made
