"""What a search is asked for."""

import hashlib
import itertools
import json
import pathlib
from dataclasses import dataclass
from typing import Any

from nasbench_templates.design import design_json
from nasbench_templates.design.design import Design
from nasbench_templates.execution.evaluation import EvaluationSettings
from nasbench_templates.runs import identity
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.task import Task
from nasbench_templates.support import kinds
from nasbench_templates.support.errors import ConfigError, check_seed
from nasbench_templates.support.frozen import freeze_fields
from nasbench_templates.training.config import TrainConfig

ALL, RANDOM, HALVING, TPE = STRATEGIES = ("all", "random", "halving", "tpe")
DEFAULT_REDUCTION = 3


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How the best distribution is looked for.

    Attributes:
        label: what the network is called in folder names.
        data: what is trained on; it needs a validation split, by which candidates are chosen.
        config: how; `epochs` is the length of a whole run, whatever stops before.
        output_dir: for the runs, the study's journal and the answer.
        strategy: `"all"`: the registered templates; `"random"`, `"halving"` (random, and Optuna's
            successive halving stops what falls behind) or `"tpe"`: these and shapes between them.
        trials: how many different networks are tried at most, besides the base; not of `"all"`.
        search_seeds: each candidate is trained with these, and judged by the mean.
        final_seeds: the winner and the base are trained with these and compared on the test split;
            none of them has chosen the winner.
        seed: decides what is proposed.
        min_epochs: where `"halving"` first stops candidates; `None`: a ninth of the epochs, and no
            halving for the others.
        reduction_factor: about one of so many goes on, for so many times the epochs.
        trials_at_once: proposals that `"tpe"` makes before it hears of their results.
        most_gap: candidates further from the budget, in parts of it, are left out.

    Raises:
        ConfigError: a number outside its range, a seed twice, or a final seed that searches too.
    """

    label: str
    data: DataRequest
    config: TrainConfig
    output_dir: pathlib.Path
    strategy: str = ALL
    trials: int = 16
    search_seeds: tuple[int, ...] = (0,)
    final_seeds: tuple[int, ...] = (1, 2, 3)
    seed: int = 0
    min_epochs: int | None = None
    reduction_factor: int = DEFAULT_REDUCTION
    trials_at_once: int = 4
    most_gap: float = 0.05

    def __post_init__(self) -> None:
        freeze_fields(self)
        kinds.check_fields(self)
        if self.strategy not in STRATEGIES:
            raise ConfigError(
                f"expected a strategy of {', '.join(STRATEGIES)}, received {self.strategy!r}"
            )
        for name, least in (("trials", 1), ("reduction_factor", 2), ("trials_at_once", 1)):
            if getattr(self, name) < least:
                raise ConfigError(f"expected {name} >= {least}, received {getattr(self, name)}")
        if self.min_epochs is not None and not 1 <= self.min_epochs <= self.config.epochs:
            raise ConfigError(
                f"expected min_epochs from 1 to the {self.config.epochs} epochs of a run, received "
                f"{self.min_epochs}"
            )
        if not self.most_gap >= 0:
            raise ConfigError(f"expected a largest gap >= 0, received {self.most_gap}")
        check_seed(self.seed)
        self._check_seeds()
        if self.data.is_validation_trained_on:
            raise ConfigError(
                "expected images to choose by: a search needs the validation split, so "
                "--train_on=train"
            )

    def _check_seeds(self) -> None:
        both = (*self.search_seeds, *self.final_seeds)
        for seed in both:
            check_seed(seed)
        if not self.search_seeds or len(self.final_seeds) < 2:
            raise ConfigError(
                "expected a search seed and at least two final seeds, whose differences give an "
                f"interval, received {self.search_seeds} and {self.final_seeds}"
            )
        if len(set(both)) < len(both):
            raise ConfigError(
                "expected each seed once, and other seeds for the final comparison than those that "
                f"choose the winner, received {self.search_seeds} and {self.final_seeds}"
            )

    def to_json(self) -> dict[str, Any]:
        """Returns what was asked for, for JSON; no paths."""
        return {
            "dataset": self.data.name,
            "strategy": self.strategy,
            "trials": None if self.strategy == ALL else self.trials,
            "search_seeds": list(self.search_seeds),
            "final_seeds": list(self.final_seeds),
            "seed": self.seed,
            "rungs": list(self.rungs),
            "reduction_factor": self.reduction_factor if self.is_pruned else None,
            "trials_at_once": self.trials_at_once if self.strategy == TPE else None,
            "most_gap": self.most_gap,
            "training": self.config.to_dict(),
            "smoke": self.data.smoke_images is not None,
        }

    @property
    def rungs(self) -> tuple[int, ...]:
        """The epochs after which candidates are judged; the last one is the whole run."""
        first, epochs = self.min_epochs, self.config.epochs
        if first is None and self.strategy == HALVING:
            first = max(1, epochs // self.reduction_factor**2)
        if first is None:
            return (epochs,)
        powers = (first * self.reduction_factor**each for each in itertools.count())
        return (*itertools.takewhile(lambda each: each < epochs, powers), epochs)

    @property
    def is_pruned(self) -> bool:
        """Whether candidates that fall behind are stopped."""
        return len(self.rungs) > 1

    def task(self, design: Design, seed: int, epochs: int | None = None) -> Task:
        """Returns a run, to its end or until so many epochs are made."""
        runs = EvaluationSettings(
            self.label, self.data, self.config, self.search_seeds, self.output_dir
        )
        return runs.task(design, seed, epochs)

    def study_name(self, base: Design) -> str:
        """Returns what tells searches in one folder apart; more trials go on with the same one."""
        data = self.data.to_json()
        data.pop("folder", None)
        asked = {
            "base": design_json.to_json(base),
            "data": data,
            "training": identity.training(self.config),
            "search_seeds": self.search_seeds,
            "seed": self.seed,
            "rungs": self.rungs,
            "reduction_factor": self.reduction_factor,
            "trials_at_once": self.trials_at_once,
            "most_gap": self.most_gap,
        }
        text = json.dumps(asked, sort_keys=True)
        return f"{self.strategy}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
