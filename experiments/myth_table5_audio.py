r"""Table 5 of "The Myth of the Pyramid": ResNet-50 under base and a-e on audio, beside our figures.

Parameters are computed from the network for ESC-50 (128 x 250 features, 50 classes). --measure adds
peak memory and the time of one prediction on this machine. --results_dir adds the accuracy of
finished runs in its folders TEMPLATE/fold1 and so on, as this command leaves them:

  nasbench-templates train --model=resnet50 --template=a --dataset=esc50 --data_dir=DIR \
      --recipe=myth_esc50 --fold=all --train_on=all --output_dir=RESULTS/a

Accuracy is that of the last epoch, the mean over the folds found; the published code reports the
best epoch on the same clips, which is selection on the test data.

Try:
  python experiments/myth_table5_audio.py
  python experiments/myth_table5_audio.py --measure --results_dir=results/table5
"""

import json
import math
import pathlib
import statistics
import sys
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates import planning
from nasbench_templates.errors import ConfigError, describe
from nasbench_templates.jobs import output, progress
from nasbench_templates.planning import TemplatedNetwork
from nasbench_templates.results import runs

PUBLISHED = pathlib.Path(__file__).with_suffix(".json")
NETWORK = planning.NetworkSettings("resnet50", (128, 250, 3), 50)
# Filters are found on the network for ImageNet and used unchanged (template specification,
# section 2).
MATCHED_ON = planning.MatchSettings(input_shape=(224, 224, 3), num_classes=1000)
# Counted predictions for each time, the least that the conventions allow.
REPEATS = 30
Row = Mapping[str, object]


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the script's flags."""
    flags.DEFINE_bool(
        "measure", False, "measure peak memory and latency of all six networks (minutes)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "results_dir", None, "folder of finished runs on ESC-50", flag_values=flag_values
    )
    flags.DEFINE_enum(
        "format", "table", ["table", "json", "csv"], "how the rows are printed",
        flag_values=flag_values,
    )  # fmt: skip


def rows(is_measured: bool, results_dir: pathlib.Path | None) -> tuple[Row, ...]:
    """Returns a row for each template, published figures beside ours; `None`: not measured.

    Args:
        is_measured: whether memory and latency are measured.
        results_dir: folder of finished runs.
    """
    published = json.loads(PUBLISHED.read_text("utf-8"))["columns"]
    networks = planning.plan(NETWORK, tuple(published), MATCHED_ON)
    measured = _measured(networks) if is_measured else {}
    return tuple(
        _row(network, published[network.template], measured, results_dir) for network in networks
    )


def agrees(params: int, published_millions: float) -> bool:
    """Returns whether a count is the published one, which is truncated to two decimals."""
    return math.floor(params / 1e4) == round(published_millions * 100)


def _row(
    network: TemplatedNetwork,
    published: Mapping[str, float],
    measured: Mapping[str, tuple[float, float]],
    results_dir: pathlib.Path | None,
) -> Row:
    memory_mb, latency_ms = measured.get(network.template, (None, None))
    accuracy, num_folds = _accuracy(network.template, results_dir)
    return {
        "template": network.template,
        "published_params_millions": published["params_millions"],
        "trainable_params": network.cost.trainable_params,
        "agrees": agrees(network.cost.trainable_params, published["params_millions"]),
        "published_memory_mb": published["memory_mb"],
        "peak_memory_mb": memory_mb,
        "published_inference_ms": published["inference_ms"],
        "latency_ms": latency_ms,
        "published_esc50_accuracy_percent": published["esc50_accuracy_percent"],
        "esc50_accuracy_percent": accuracy,
        "num_folds": num_folds,
    }


def _measured(networks: Sequence[TemplatedNetwork]) -> dict[str, tuple[float, float]]:
    """Returns peak memory in 10^6 bytes and median latency in ms by template."""
    from nasbench_templates.models import keras_builder
    from nasbench_templates.profiling import latency, memory

    meter = memory.MemoryMeter()
    # All memory first: building a network here may take the accelerator.
    peaks = [meter.measure(each.architecture.graph, each.filters) for each in networks]
    found = {}
    for network, peak in zip(networks, peaks, strict=True):
        model = keras_builder.build_keras(network.architecture.graph, network.filters)
        time = latency.measure_latency(model, repeats=REPEATS)
        found[network.template] = (peak.num_bytes / 1e6, time.median_ms)
    return found


def _accuracy(template: str, results_dir: pathlib.Path | None) -> tuple[float | None, int]:
    """Returns mean test accuracy in percent over the finished folds, and how many those are."""
    if results_dir is None:
        return None, 0
    folders = sorted((results_dir / template).glob("fold*"))
    results = [runs.RunFolder(folder, {}).finished() for folder in folders]
    values = [100 * result["test_accuracy"] for result in results if result is not None]
    return (statistics.fmean(values) if values else None), len(values)


def main(arguments: Sequence[str]) -> int:
    """Prints the table; returns 0, or 2 for flags that cannot be meant."""
    if "--help" in arguments:
        print(__doc__.strip())
        return 0
    values = flags.FlagValues()
    define_flags(values)
    try:
        rest = values(list(arguments))[1:]
        folder = None if values.results_dir is None else pathlib.Path(values.results_dir)
        if rest:
            raise ConfigError(f"expected flags only, received {rest[0]!r}")
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"--results_dir: expected a folder, {folder} is none")
    except (flags.Error, ConfigError) as error:
        print(describe(error), file=sys.stderr)
        return 2
    progress.start_logging()
    table = rows(values.measure, folder)
    if values.format == "json":
        print(output.render_json(table))
    elif values.format == "csv":
        print(output.render_csv(table))
    else:
        print(output.render_table([_texts(row) for row in table]))
    return 0


def _texts(row: Row) -> dict[str, str]:
    return {
        name: "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
        for name, value in row.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv))
