"""The main chain: one network under several templates, trained, measured and tabulated.

Cell or architecture -> widths matched at equal cost -> Keras network -> training -> one row for
each template, next to the benchmark's record of the base graph. Every (template, seed) is a run
with a folder of its own: finished runs are read back, an unfinished one resumes.
"""

import dataclasses
import functools
import pathlib
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from nasbench_templates.design.design import Design
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.graph.cost import peak_activation_bytes
from nasbench_templates.networks.named_cells import Skeleton
from nasbench_templates.runs import folders, training_run
from nasbench_templates.support import files
from nasbench_templates.support.errors import TrainingError
from nasbench_templates.training import devices
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.metrics import EpochMetrics

if TYPE_CHECKING:
    from nasbench_templates.data.core.dataset import Dataset


@dataclasses.dataclass(frozen=True, slots=True)
class Preset:
    """What suits images up to a size when the user names no skeleton or recipe.

    Attributes:
        largest_side: of the images, in pixels.
        skeleton: of NAS-Bench-101 networks; `None`: what the cell is known with.
        recipe: registered name.
        epochs: `None`: the recipe's own.
    """

    largest_side: float
    skeleton: Skeleton | None
    recipe: str
    epochs: int | None = None


# Small images leave most of the benchmark's skeleton idle; from 32x32 on its own settings apply.
PRESETS = (
    Preset(16, Skeleton(stem_filters=32, num_stacks=3, num_modules_per_stack=1), "short", 20),
    Preset(28, Skeleton(stem_filters=16, num_stacks=3, num_modules_per_stack=1), "short", 3),
    Preset(float("inf"), None, "nasbench101"),
)

# Features of audio are augmented in other ways than images, whatever their size.
AUDIO_PRESET = Preset(float("inf"), None, "myth_esc50")


def preset_for(input_shape: Sequence[int], is_audio: bool = False) -> Preset:
    """Returns the preset for images, or features of audio, of `(height, width, channels)`."""
    if is_audio:
        return AUDIO_PRESET
    return next(each for each in PRESETS if max(input_shape[:2]) <= each.largest_side)


@dataclasses.dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """What to train and where to keep it.

    Attributes:
        label: what the network is called in folder names, for example the cell's name.
        network: what is built.
        config: how it is trained.
        seeds: one run for each; at least one.
        output_dir: for the runs and the collected table.
        is_smoke: whether data were cut to a few images, for a trial of the whole chain.
    """

    label: str
    network: NetworkSettings
    config: TrainConfig
    seeds: tuple[int, ...]
    output_dir: pathlib.Path
    is_smoke: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """One accuracy over seeds, fractions in [0, 1].

    Attributes:
        values: one for each seed whose run finished.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        """Mean, `None` without any run."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def std(self) -> float | None:
        """Sample standard deviation, `None` below three seeds."""
        return statistics.stdev(self.values) if len(self.values) >= 3 else None

    def to_json(self) -> dict[str, object]:
        """Returns mean, standard deviation and values."""
        return {"mean": self.mean, "std": self.std, "values": list(self.values)}


@dataclasses.dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One template of the table.

    Attributes:
        network: widths, cost and gap.
        peak_activation_bytes: float32, batch 1, by liveness.
        latency_ms: median of one prediction at batch 1, over the seeds.
        train_seconds: mean over the seeds, evaluation left out.
        validation: accuracy on the validation split after the last epoch.
        test: accuracy on the test split, evaluated once.
        failures: reasons of runs without a result, by seed.
    """

    network: Design
    peak_activation_bytes: int
    latency_ms: float | None
    train_seconds: float | None
    validation: Score
    test: Score
    failures: Mapping[int, str]

    def to_json(self, record: Mapping[str, object] | None) -> dict[str, object]:
        """Returns the row of the machine-readable contract."""
        return {
            "template": self.network.template,
            "filters": list(self.network.filters),
            "macs": self.network.cost.macs,
            "gap": self.network.gap,
            "params": self.network.cost.params,
            "peak_activation_bytes": self.peak_activation_bytes,
            "latency_ms": self.latency_ms,
            "train_seconds": self.train_seconds,
            "val_accuracy": self.validation.to_json(),
            "test_accuracy": self.test.to_json(),
            "record": record,
        }


# Called with the template, the seed and the epoch's figures.
OnEpoch = Callable[[str, int, EpochMetrics], None]
# Called with the template, the seed and whether the run was read back.
OnRun = Callable[[str, int, bool], None]


def evaluate(
    settings: EvaluationSettings,
    networks: Sequence[Design],
    dataset: "Dataset",
    *,
    on_epoch: OnEpoch | None = None,
    on_run: OnRun | None = None,
) -> tuple[EvaluationRow, ...]:
    """Trains and measures what is not finished yet and returns one row for each network.

    Args:
        settings: what to train and where to keep it.
        networks: the base and its templates, from `planning.plan`.
        dataset: with the networks' input shape and classes.
        on_epoch: told of every epoch.
        on_run: told of every run that ends or was finished before.

    Raises:
        OSError: the output folder cannot be written to.
        ConfigError: a batch larger than the training split, a backend that is not installed, or a
            run that another process is training.
    """
    devices.keras_backend()
    settings.config.check_fits(dataset.train.num_images)
    files.check_writable(settings.output_dir)
    return tuple(
        _evaluate_network(settings, network, dataset, on_epoch, on_run) for network in networks
    )


def _evaluate_network(
    settings: EvaluationSettings,
    network: Design,
    dataset: "Dataset",
    on_epoch: OnEpoch | None,
    on_run: OnRun | None,
) -> EvaluationRow:
    results, failures = [], {}
    trainer = functools.cache(lambda: _run(settings, network, dataset, settings.seeds[0]).trainer())
    for seed in settings.seeds:
        run = _run(settings, network, dataset, seed)
        folder = run_folder(settings, run)
        result = folder.finished()
        if result is not None and not result.keys() >= _MEASURED:
            result = None  # not whole: measured again
        is_known = result is not None
        if not is_known:
            report = functools.partial(on_epoch, network.template, seed) if on_epoch else None
            try:
                with folder.locked():
                    result = training_run.train(
                        run, folder, trainer(), training_run.Watch(on_epoch=report)
                    )
            except TrainingError as error:
                failures[seed] = str(error)
        if result is not None:
            results.append(result)
        if on_run:
            on_run(network.template, seed, is_known)
    return _row(network, results, failures)


# What a row takes from the result of a run.
_MEASURED = {"latency_ms", "train_seconds", "val_accuracy", "test_accuracy"}


def _row(network: Design, results: Sequence[Mapping], failures: Mapping[int, str]) -> EvaluationRow:
    def column(key: str) -> tuple[float, ...]:
        return tuple(result[key] for result in results)

    return EvaluationRow(
        network=network,
        peak_activation_bytes=peak_activation_bytes(network.architecture.graph, network.filters),
        latency_ms=statistics.median(column("latency_ms")) if results else None,
        train_seconds=statistics.fmean(column("train_seconds")) if results else None,
        validation=Score(column("val_accuracy")),
        test=Score(column("test_accuracy")),
        failures=failures,
    )


def _run(
    settings: EvaluationSettings, network: Design, dataset: "Dataset", seed: int
) -> training_run.TrainingRun:
    return training_run.TrainingRun(
        settings.network, network, dataset, settings.config, seed, settings.is_smoke
    )


def run_folder(settings: EvaluationSettings, run: training_run.TrainingRun) -> folders.RunFolder:
    """Returns where a run of these settings is kept."""
    label = f"{settings.label}-{run.dataset.name}-{run.network.template}-seed{run.seed}"
    return folders.RunFolder.locate(settings.output_dir / "runs", label, run.identity())
