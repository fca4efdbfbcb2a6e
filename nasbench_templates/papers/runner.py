"""Carries out a training study: its runs as tasks, and what became of each."""

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from nasbench_templates.data.core.dataset import DatasetInfo
from nasbench_templates.data.data_folders import DataFolders
from nasbench_templates.design.design import Design
from nasbench_templates.execution import engine
from nasbench_templates.papers.study import SMOKE_IMAGES, StudyData, StudyRun, TrainingStudy
from nasbench_templates.runs import batch_sizes, events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.events import OnEvent
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support import files
from nasbench_templates.training import devices
from nasbench_templates.training.config import TrainConfig


@dataclasses.dataclass(frozen=True, slots=True)
class StudyOutcome:
    """What became of one run.

    Attributes:
        run: which, as it is carried out: with the batch that fits its data.
        network: the network under its widths.
        result: the content of its `result.json` where it finished, else `None`.
        failure: why there is no result; `None` for a finished run or one not begun.
    """

    run: StudyRun
    network: Design
    result: Mapping[str, Any] | None
    failure: str | None = None


def carry_out(
    study: TrainingStudy,
    output_dir: pathlib.Path,
    folders: DataFolders,
    *,
    is_smoke: bool = False,
    is_rate_chosen: bool = False,
    context: Context | None = None,
    workers: int = 1,
    on_event: OnEvent = events.ignore,
    stop_reason: Callable[[], str | None] = lambda: None,
) -> tuple[StudyOutcome, ...]:
    """Returns the outcomes of all runs, in their order; those after a stop have no result.

    Args:
        study: what to train.
        output_dir: for the run folders.
        folders: where the data sets are.
        is_smoke: whether data are cut to a few images.
        is_rate_chosen: whether a user chose the rate; else it follows a batch that is made smaller
            to fit a training split.
        context: how the runs are carried out.
        workers: processes that train at the same time.
        on_event: told of everything that happens.
        stop_reason: anything but `None` saves and ends the study.

    Raises:
        DataError: a data set is not whole or damaged.
        ConfigError: a data folder that does not exist, or a backend that is not
            installed.
        OSError: the output folder cannot be written to.
    """
    devices.keras_backend()
    files.check_writable(output_dir)
    tasks = tasks_of(study, output_dir, folders, is_smoke=is_smoke, is_rate_chosen=is_rate_chosen)
    outcomes = engine.carry_out(
        tasks, context, workers=workers, on_event=on_event, stop_reason=stop_reason
    )
    return tuple(_outcome(run, outcome) for run, outcome in zip(study.runs, outcomes, strict=True))


def tasks_of(
    study: TrainingStudy,
    output_dir: pathlib.Path,
    folders: DataFolders,
    *,
    is_smoke: bool = False,
    is_rate_chosen: bool = False,
) -> list[Task]:
    """Returns the runs of a study as tasks, in their order; as `carry_out`."""
    requests: dict[StudyData, tuple[DataRequest, DatasetInfo]] = {}
    fitting: dict[tuple[StudyData, TrainConfig], TrainConfig] = {}
    tasks = []
    for run in study.runs:
        if run.data not in requests:
            data = run.data.request(folders.of(run.data.name), SMOKE_IMAGES if is_smoke else None)
            requests[run.data] = data, data.find()
        data, info = requests[run.data]
        if (run.data, run.config) not in fitting:
            fitting[run.data, run.config] = batch_sizes.fitted_to(
                run.config, data, info, is_rate_chosen=is_rate_chosen
            )
        # A part of a data set may have fewer classes than the whole.
        design = run.network.on(info.input_shape, info.num_classes).plan()
        spec = RunSpec(design, data, fitting[run.data, run.config], run.seed)
        tasks.append(Task(spec, output_dir / "runs", run.label))
    return tasks


def _outcome(run: StudyRun, outcome: events.Outcome) -> StudyOutcome:
    design = outcome.task.spec.design
    run = dataclasses.replace(run, config=outcome.task.spec.config)
    if outcome.is_finished:
        return StudyOutcome(run, design, outcome.result)
    is_begun = outcome.status in (events.FAILED, events.INTERRUPTED)
    return StudyOutcome(run, design, None, outcome.reason if is_begun else None)
