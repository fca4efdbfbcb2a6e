"""The main chain: one network under several templates, trained, measured and tabulated.

Every (template, seed) is a run with a folder of its own; one row for each template says what its
runs gave.
"""

import pathlib
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_templates.design.design import Design
from nasbench_templates.execution import engine
from nasbench_templates.graph import cost
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.events import OnEvent, Outcome
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support import tables
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.config import TrainConfig

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """What to train and where to keep it.

    Attributes:
        label: what the network is called in folder names, for example the cell's name.
        data: what it is trained on.
        config: how it is trained.
        seeds: one run for each; at least one.
        output_dir: for the runs and the collected table.
    """

    label: str
    data: DataRequest
    config: TrainConfig
    seeds: tuple[int, ...]
    output_dir: pathlib.Path

    def task(self, design: Design, seed: int, stop_after_epochs: int | None = None) -> Task:
        """Returns the run of one template and seed, to its end or to an epoch."""
        # A template's parameters stand in parentheses, which shells and globs read otherwise.
        template = re.sub(r"[^\w.=-]+", "_", design.template).strip("_")
        label = f"{self.label}-{self.data.name}-{template}-seed{seed}"
        spec = RunSpec(design, self.data, self.config, seed)
        return Task(spec, self.output_dir / "runs", label, stop_after_epochs)


@dataclass(frozen=True, slots=True)
class Score:
    """One accuracy over seeds, fractions in [0, 1].

    Attributes:
        values: one for each seed whose run finished; `None` where nothing was evaluated.
    """

    values: tuple[float | None, ...]

    @property
    def mean(self) -> float | None:
        """Mean, `None` without any run."""
        known = self._known
        return statistics.fmean(known) if known else None

    @property
    def std(self) -> float | None:
        """Sample standard deviation, `None` below three seeds."""
        known = self._known
        return statistics.stdev(known) if len(known) >= 3 else None

    @property
    def _known(self) -> list[float]:
        return [each for each in self.values if each is not None]

    def to_json(self) -> dict[str, Any]:
        """Returns mean, standard deviation and values."""
        return {"mean": self.mean, "std": self.std, "values": list(self.values)}


@dataclass(frozen=True, slots=True, repr=False)
class EvaluationRow:
    """One template of the table.

    Attributes:
        design: the network under its widths.
        outcomes: what became of its runs, by seed.
    """

    design: Design
    outcomes: Mapping[int, Outcome]

    @property
    def peak_activation_bytes(self) -> int:
        """Of one image, float32, by liveness."""
        return cost.peak_activation_bytes(self.design.architecture.graph, self.design.filters)

    @property
    def latency_ms(self) -> float | None:
        """Median of one prediction at batch 1, over the seeds."""
        known = [each for each in self._column("latency_ms") if each is not None]
        return statistics.median(known) if known else None

    @property
    def train_seconds(self) -> float | None:
        """Mean over the seeds, evaluation left out."""
        known = [each for each in self._column("train_seconds") if each is not None]
        return statistics.fmean(known) if known else None

    @property
    def validation(self) -> Score:
        """Accuracy on the validation split after the last epoch."""
        return Score(self._column("val_accuracy"))

    @property
    def test(self) -> Score:
        """Accuracy on the test split, evaluated once."""
        return Score(self._column("test_accuracy"))

    @property
    def failures(self) -> dict[int, str]:
        """Reasons of runs that failed, by seed."""
        return {
            seed: outcome.reason or ""
            for seed, outcome in self.outcomes.items()
            if outcome.status == events.FAILED
        }

    def _column(self, key: str) -> tuple[float | None, ...]:
        return tuple(
            (each.result or {}).get(key) for each in self.outcomes.values() if each.is_finished
        )

    def __repr__(self) -> str:
        accuracies = ", ".join(f"{100 * value:.2f} %" for value in self.test.values if value)
        return f"EvaluationRow({self.design!r}, test {accuracies or 'not evaluated'})"

    def _repr_html_(self) -> str:
        return EvaluationRows([self])._repr_html_()

    def to_json(self, record: Mapping[str, Any] | None) -> dict[str, Any]:
        """Returns the row of the machine-readable contract."""
        counts = self.design.cost
        return {
            "template": self.design.template,
            "filters": list(self.design.filters),
            "macs": counts.macs,
            "gap": self.design.gap,
            "params": counts.params,
            "peak_activation_bytes": self.peak_activation_bytes,
            "latency_ms": self.latency_ms,
            "train_seconds": self.train_seconds,
            "val_accuracy": self.validation.to_json(),
            "test_accuracy": self.test.to_json(),
            "record": record,
            "template_name": self.design.template_name,
            "gap_quantity": cost.quantity_field(self.design.gap_quantity),
            "macs_percent_of_base": self.design.macs_percent_of_base,
            "trainable_params": counts.trainable_params,
        }


class EvaluationRows(tuple[EvaluationRow, ...]):
    """The rows of a table, in their order; a notebook shows the table."""

    __slots__ = ()

    def to_pandas(self) -> "pd.DataFrame":
        """Returns a data frame with a row for each template; accuracies as means over the seeds."""
        import pandas as pd

        rows = [row.to_json(None) for row in self]
        for row in rows:
            row.pop("record")
            for name in ("val_accuracy", "test_accuracy"):
                row[name] = row[name]["mean"]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        name = self[0].design.name if self else "no networks"
        titles = ("template", "MMACs", "% of base", "params", "inference ms", "train s",
                  "validation %", "test %", "seeds")  # fmt: skip
        return tables.html(name, titles, [_cells(row) for row in self], [False, *[True] * 8])


def _cells(row: EvaluationRow) -> list[str]:
    design = row.design
    figures = [
        (design.cost.macs / 1e6, ".1f"), (design.macs_percent_of_base, ".1f"),
        (design.cost.params, ","), (row.latency_ms, ".2f"), (row.train_seconds, ".1f"),
        (_percent(row.validation.mean), ".2f"), (_percent(row.test.mean), ".2f"),
    ]  # fmt: skip
    texts = ["-" if value is None else format(value, form) for value, form in figures]
    finished = sum(each.is_finished for each in row.outcomes.values())
    return [design.template_title, *texts, f"{finished} of {len(row.outcomes)}"]


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def evaluate(
    settings: EvaluationSettings,
    designs: Sequence[Design],
    context: Context | None = None,
    *,
    workers: int = 1,
    on_event: OnEvent = events.ignore,
    stop_reason: Callable[[], str | None] = lambda: None,
) -> EvaluationRows:
    """Trains and measures what is not finished yet and returns one row for each network.

    Args:
        settings: what to train and where to keep it.
        designs: the base and its templates, from `planning.plan`.
        context: how the runs are carried out.
        workers: processes that train at the same time.
        on_event: told of everything that happens.
        stop_reason: anything but `None` saves and ends all runs.

    Raises:
        DataError: the data set is not whole or damaged.
        ConfigError: a template or a seed twice, a batch larger than the training split, or a
            backend that is not installed.
        OSError: the output folder cannot be written to.
    """
    tasks = [settings.task(design, seed) for design in designs for seed in settings.seeds]
    if len(set(tasks)) < len(tasks):
        names = ", ".join(design.template for design in designs)
        raise ConfigError(
            f"expected each template and each seed once, received {names} with the seeds "
            f"{settings.seeds}"
        )
    outcomes = engine.carry_out(
        tasks, context, workers=workers, on_event=on_event, stop_reason=stop_reason
    )
    by_task = dict(zip(tasks, outcomes, strict=True))
    return EvaluationRows(
        EvaluationRow(
            design, {seed: by_task[settings.task(design, seed)] for seed in settings.seeds}
        )
        for design in designs
    )
