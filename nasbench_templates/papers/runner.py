"""Carries out a training study: reads back finished runs, trains or resumes the others."""

import dataclasses
import glob
import pathlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nasbench_templates.design.design import Design
from nasbench_templates.papers.study import DataFolders, StudyData, StudyRun, TrainingStudy
from nasbench_templates.runs import folders, training_run
from nasbench_templates.support import files
from nasbench_templates.support.errors import TrainingError
from nasbench_templates.training import devices
from nasbench_templates.training.metrics import EpochMetrics

if TYPE_CHECKING:
    from nasbench_templates.data.core.dataset import Dataset
    from nasbench_templates.training.trainer import Trainer

# What a table takes from the result of a run; a folder without them is trained again.
_MEASURED = {"latency_ms", "train_seconds", "test_accuracy", "device", "versions"}


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run.

    Attributes:
        run: which.
        network: its widths and cost.
        result: the content of its `result.json` where it finished, else `None`.
        failure: why there is no result; `None` for a finished run or one not begun.
    """

    run: StudyRun
    network: Design
    result: Mapping[str, object] | None
    failure: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class StudyWatch:
    """Who looks on while a study is carried out.

    Attributes:
        on_run: told of every run that begins, with its number from 1 and whether it is read back.
        on_epoch: told of every epoch.
        stop_reason: asked after every step; anything but `None` saves and ends the study.
    """

    on_run: Callable[[StudyRun, int, bool], None] | None = None
    on_epoch: Callable[[EpochMetrics], None] | None = None
    stop_reason: Callable[[], str | None] | None = None


def carry_out(
    study: TrainingStudy,
    output_dir: pathlib.Path,
    folders: DataFolders,
    *,
    is_smoke: bool = False,
    watch: StudyWatch | None = None,
) -> tuple[Outcome, ...]:
    """Returns the outcomes of all runs, in their order; those after a stop have no result.

    Args:
        study: what to train.
        output_dir: for the run folders.
        folders: where the data sets are.
        is_smoke: whether data are cut to a few images.
        watch: who looks on.

    Raises:
        DataError: a data set is not whole or damaged.
        ConfigError: a data folder that does not exist, a batch larger than a training split, a
            backend that is not installed, or a run that another process is training.
        OSError: the output folder cannot be written to.
    """
    devices.keras_backend()
    files.check_writable(output_dir)
    worker = _Worker(output_dir, folders, is_smoke, watch or StudyWatch())
    worker.check_data(study)
    return tuple(worker.outcome(run, number) for number, run in enumerate(study.runs, 1))


class _Worker:
    """Keeps the last data set and the last network, which the next run often shares."""

    def __init__(
        self, output_dir: pathlib.Path, folders: DataFolders, is_smoke: bool, watch: StudyWatch
    ):
        self._output_dir = output_dir
        self._folders = folders
        self._is_smoke = is_smoke
        self._watch = watch
        self._data: tuple[object, Dataset] | None = None
        self._trainer: tuple[object, Trainer] | None = None
        self._is_stopped = False

    def outcome(self, run: StudyRun, number: int) -> Outcome:
        if self._is_to_stop():
            return Outcome(run, run.network.plan(), None)
        dataset = self.load(run.data)
        # A part of a data set may have fewer classes than the whole.
        settings = dataclasses.replace(
            run.network.settings, input_shape=dataset.input_shape, num_classes=dataset.num_classes
        )
        network = dataclasses.replace(run.network, settings=settings).plan()
        job = training_run.TrainingRun(
            settings, network, dataset, run.config, run.seed, self._is_smoke
        )
        folder = folders.RunFolder.locate(self._output_dir / "runs", run.label, job.identity())
        result = folder.finished()
        is_known = result is not None and result.keys() >= _MEASURED
        if self._watch.on_run:
            self._watch.on_run(run, number, is_known)
        if is_known:
            return Outcome(run, network, result)
        run.config.check_fits(dataset.train.num_images)
        watch = training_run.Watch(
            on_epoch=self._watch.on_epoch, stop_reason=self._watch.stop_reason
        )
        try:
            with folder.locked():
                result = training_run.train(job, folder, self._shared_trainer(run, job), watch)
        except TrainingError as error:
            return Outcome(run, network, None, str(error))
        if result["status"] != folders.FINISHED:
            self._is_stopped = True
            return Outcome(run, network, None, str(result["reason"]))
        return Outcome(run, network, result)

    def check_data(self, study: TrainingStudy) -> None:
        """Reads each of several sets that runs still need, the first last: it stays in memory.

        Missing or damaged files are better known before days of training on the other sets.
        """
        folder = self._output_dir / "runs"
        needed = dict.fromkeys(
            run.data
            for run in study.runs
            if not any(folder.glob(f"{glob.escape(run.label)}-*/{folders.RESULT}"))
        )
        for data in reversed(needed):
            if len(needed) > 1 and not self._is_to_stop():
                self.load(data)

    def _is_to_stop(self) -> bool:
        asked = self._watch.stop_reason
        self._is_stopped = self._is_stopped or (asked is not None and asked() is not None)
        return self._is_stopped

    def load(self, data: StudyData) -> "Dataset":
        if self._data is None or self._data[0] != data:
            self._data = None  # the old one need not stay in memory while the new one is read
            folder = self._folders.of(data.name)
            self._data = data, data.load(folder, is_smoke=self._is_smoke)
        return self._data[1]

    def _shared_trainer(self, run: StudyRun, job: training_run.TrainingRun) -> "Trainer":
        wanted = (run.network, run.variant, run.data, run.config)
        if self._trainer is None or self._trainer[0] != wanted:
            self._trainer = None
            self._trainer = wanted, job.trainer()
        return self._trainer[1]
