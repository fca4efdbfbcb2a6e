r"""Table 5 of "The Myth of the Pyramid": ResNet-50 under base and a-e on audio, beside our figures.

Parameters are computed from the network for ESC-50 (128 x 250 features, 50 classes). --measure adds
peak memory and the time of one prediction on this machine and writes the table to --output_dir;
interrupt it at any time: what is measured is kept there. --results_dir adds the accuracy of
finished runs in its folders TEMPLATE, at any depth, as these commands leave them. The filters are
those found on CIFAR-10:

  nasbench-templates train --model=resnet50 --template=a --dataset=esc50 --data_dir=DIR \
      --match_input_shape=32,32,3 --match_num_classes=10 --recipe=myth_esc50 --fold=all \
      --train_on=all --seed=0 --output_dir=RESULTS/a/esc50-seed0
  nasbench-templates train --model=resnet50 --template=a --dataset=gtzan --data_dir=DIR \
      --match_input_shape=32,32,3 --match_num_classes=10 --recipe=myth_gtzan \
      --train_on=all --seed=0 --output_dir=RESULTS/a/gtzan-seed0

Accuracy is that of the last epoch, the mean over the folds and seeds found, which must be the same
for all templates that have any; the published code reports the best epoch on the same clips, which
is selection on the test data.

Try:
  nasbench-templates study audio
  nasbench-templates study audio --measure --results_dir=results/table5
"""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from nasbench_templates.papers import (
    audio_runs,
    paper_networks,
    printed_memory,
    published,
    registered,
)
from nasbench_templates.papers.audio_runs import Accuracy
from nasbench_templates.papers.paper_networks import StudyNetwork
from nasbench_templates.papers.published import Figure, Figures
from nasbench_templates.papers.registered import Own
from nasbench_templates.report.result_tables import Column, ResultTable
from nasbench_templates.support.errors import DataError

MODEL = "resnet50"
Row = Mapping[str, Any]
TITLE = "The Myth of the Pyramid, table 5: ResNet-50 on audio"
COLUMNS = (
    Column("template", "template"),
    Column("published_params_millions", "published params M", 2),
    Column("trainable_params", "computed trainable params"),
    Column("agrees", "as printed"),
    Column("published_memory_mb", "published memory MB", 2),
    Column("computed_memory_mb", "computed memory MB", 2),
    Column("memory_agrees", "as printed"),
    Column("peak_memory_mb", "measured memory MB", 1),
    Column("published_inference_ms", "published inference ms", 2),
    Column("latency_ms", "measured inference ms", 2),
)


def study_networks() -> tuple[StudyNetwork, ...]:
    """Returns the networks of the table."""
    return tuple(
        paper_networks.classifier(
            MODEL, template, paper_networks.AUDIO_SHAPE, paper_networks.AUDIO_CLASSES
        )
        for template in paper_networks.TEMPLATES
    )


def rows(
    measured: Mapping[str, Mapping[str, Any]], results_dir: pathlib.Path | None
) -> tuple[Row, ...]:
    """Returns a row for each template, published figures beside ours; `None`: not measured.

    Args:
        measured: by template, as `resource_study.measure` gives them; may be empty.
        results_dir: folder of finished runs.

    Raises:
        ConfigError: a run there is not of this table, or templates differ in their folds or seeds.
    """
    chosen = study_networks()
    found = {} if results_dir is None else audio_runs.accuracies(chosen, results_dir)
    figures = published.printed()
    return tuple(
        _row(network, figures, measured.get(network.template), found) for network in chosen
    )


def _row(
    network: StudyNetwork,
    figures: Figures,
    measured: Mapping[str, Any] | None,
    found: Mapping[tuple[str, str], Accuracy],
) -> Row:
    def printed(quantity: str, dataset: str = "audio") -> Figure:
        found = figures.find(
            "myth", "5", template=network.template, quantity=quantity, dataset=dataset
        )
        if found is None:
            raise DataError(f"myth, table 5: no {quantity} of {network.template}, {dataset}")
        return found

    params = network.plan().cost.trainable_params
    (memory_of,) = printed_memory.compare_memory([printed("memory_mb")])
    return {
        "template": network.template,
        "published_params_millions": printed("params_millions").value,
        "trainable_params": params,
        "agrees": printed("params_millions").is_printed_of(params / 1e6),
        "published_memory_mb": printed("memory_mb").value,
        "computed_memory_mb": memory_of.ours,
        "memory_agrees": memory_of.agrees,
        "peak_memory_mb": measured and measured["peak_memory_bytes"] / 1e6,
        "published_inference_ms": printed("inference_ms").value,
        "latency_ms": measured and measured["latency_ms"],
        "device": measured and measured["device"],
        "backend": measured and measured["backend"],
        **{
            name: value
            for dataset in audio_runs.DATASETS
            for name, value in (
                (f"published_{dataset}_accuracy_percent",
                 printed("accuracy_percent", dataset).value),
                *_accuracy(dataset, found.get((network.template, dataset))),
            )
        },
    }  # fmt: skip


def _accuracy(dataset: str, found: Accuracy | None) -> tuple[tuple[str, object], ...]:
    return (
        (f"{dataset}_accuracy_percent", found and found.percent),
        (f"{dataset}_folds", 0 if found is None else found.num_folds),
        (f"{dataset}_seeds", 0 if found is None else found.num_seeds),
    )


def result_table(table: Sequence[Row], first: Row) -> ResultTable:
    """Returns the table for people.

    Args:
        table: from `rows`, measured.
        first: one of the measurements, which all come from one device.
    """
    accuracies = [
        Column(f"{source}{dataset}_{what}", f"{title}{dataset} {label}", decimals)
        for dataset in audio_runs.DATASETS
        for source, title, what, label, decimals in (
            ("published_", "published ", "accuracy_percent", "acc %", None),
            ("", "measured ", "accuracy_percent", "acc %", 2),
            ("", "", "folds", "folds", None),
            ("", "", "seeds", "seeds", None),
        )
    ]
    note = (
        f"Parameters are computed. {printed_memory.NOTE} As published, of images of 224x224. "
        f"Measured memory: {first['peak_memory_kind']}; inference: one clip, median of "
        f"{first['repeats']}. Published times: other hardware. Accuracy is measured where runs "
        "were given (0 folds: none)."
    )
    return ResultTable(TITLE, (*COLUMNS, *accuracies), tuple(table), note=note)


registered.study("audio", __doc__, Own("audio"))
