"""Accuracies of finished runs of table 5 of "The Myth of the Pyramid", checked to be of it."""

import dataclasses
import pathlib
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.runs import folders, identity
from nasbench_templates.support import differences, files
from nasbench_templates.support.errors import ConfigError

DATASETS = ("esc50", "gtzan")
# Other filters were matched on other images, and their cost is not that of the table.
_MATCHED_AS_PUBLISHED = "--match_input_shape=32,32,3 --match_num_classes=10"


@dataclasses.dataclass(frozen=True, slots=True)
class Accuracy:
    """Of a template on a data set, over its finished runs.

    Attributes:
        percent: mean on the test clips after the last epoch.
        num_folds: how many were tested; 1 for a set without any.
        num_seeds: how many there are.
    """

    percent: float
    num_folds: int
    num_seeds: int


@dataclasses.dataclass(frozen=True, slots=True)
class _Training:
    """How a run was trained: what runs share that are averaged or compared."""

    path: pathlib.Path
    settings: Mapping[str, Any]

    @classmethod
    def of(cls, path: pathlib.Path, config: Mapping[str, Any]) -> "_Training":
        known = identity.normalized(config)
        names = ("training", "first_weights_sha256")
        return cls(path, {name: known[name] for name in names if name in known})

    def check_alike(self, first: "_Training") -> None:
        differing = ", ".join(differences.named(self.settings, first.settings))
        if differing:
            raise ConfigError(
                f"{self.path}: expected a run that was trained as {first.path}, it differs in "
                f"{differing}; move one of them out of --results_dir"
            )


def accuracies(
    networks: Sequence[StudyNetwork], results_dir: pathlib.Path
) -> dict[tuple[str, str], Accuracy]:
    """Returns accuracies by template and data set, of those that have finished runs.

    Args:
        networks: of the table, one for each template.
        results_dir: runs are in its folders TEMPLATE, at any depth.

    Raises:
        ConfigError: a run of another network or data set, a fold that a template has twice, or
            templates that were tested on different folds, trained with different seeds or trained
            otherwise.
    """
    found: dict[tuple[str, str], Accuracy] = {}
    for dataset in DATASETS:
        trainings: list[_Training] = []
        scores: dict[str, dict[tuple, float]] = {network.template: {} for network in networks}
        for network in networks:
            for path in sorted((results_dir / network.template).rglob("config.json")):
                config = files.read_json(path) or {}
                _check(path.parent, config, network)
                result = folders.RunFolder(path.parent, config).finished()
                if config["dataset"] == dataset and result is not None:
                    _add(scores[network.template], path.parent, config, result)
                    trainings.append(_Training.of(path.parent, config))
        for training in trainings[1:]:
            training.check_alike(trainings[0])
        _check_alike(dataset, scores, results_dir)
        found |= {
            (template, dataset): _mean(each) for template, each in scores.items() if each
        }  # fmt: skip
    return found


def _check(path: pathlib.Path, config: Mapping[str, Any] | None, network: StudyNetwork) -> None:
    wanted = {
        "model": (network.settings.model,),
        "template": (network.applied,),
        "filters": (list(network.plan().filters),),
        "dataset": DATASETS,
        "smoke": (False,),
    }
    for name, values in wanted.items():
        received = None if config is None else config.get(name)
        if received not in values:
            hint = f" (train with {_MATCHED_AS_PUBLISHED})" if name == "filters" else ""
            raise ConfigError(
                f"{path}: expected a run of table 5 with {name} "
                f"{' or '.join(map(str, values))}{hint}, received {received}; move it out of "
                "--results_dir"
            )


def _add(
    scores: dict[tuple[object, object], float],
    path: pathlib.Path,
    config: Mapping[str, Any],
    result: Mapping[str, Any],
) -> None:
    # The checksum tells the folds apart, and clips that were left out.
    key = config["data_checksum"], config["seed"]
    if key in scores:
        raise ConfigError(
            f"{path}: expected one run for each fold and seed, {result.get('data_source')} with "
            f"seed {config['seed']} is there twice; move one out of --results_dir"
        )
    scores[key] = 100 * result["test_accuracy"]


def _check_alike(
    dataset: str, scores: Mapping[str, Mapping[tuple, float]], results_dir: pathlib.Path
) -> None:
    first, *others = [template for template, each in scores.items() if each] or [""]
    for other in others:
        if scores[other].keys() != scores[first].keys():
            raise ConfigError(
                f"{results_dir}, {dataset}: expected all templates with the same folds and seeds, "
                f"{first} has {_counts(scores[first])} and {other} {_counts(scores[other])}, not "
                "all of them the same; train the missing ones"
            )


def _counts(scores: Mapping[tuple, float]) -> str:
    mean = _mean(scores)
    return f"{len(scores)} runs ({mean.num_folds} folds, {mean.num_seeds} seeds)"


def _mean(scores: Mapping[tuple, float]) -> Accuracy:
    folds, seeds = ({key[place] for key in scores} for place in (0, 1))
    return Accuracy(statistics.fmean(scores.values()), len(folds), len(seeds))
