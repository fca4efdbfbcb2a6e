r"""Table 5 of "The Myth of the Pyramid": ResNet-50 under base and a-e on audio, beside our figures.

Parameters are computed from the network for ESC-50 (128 x 250 features, 50 classes). --measure adds
peak memory and the time of one prediction on this machine; interrupt it at any time: what is
measured is kept in --output_dir. --results_dir adds the accuracy of finished runs in its folders
TEMPLATE/fold1 and so on, as this command leaves them:

  nasbench-templates train --model=resnet50 --template=a --dataset=esc50 --data_dir=DIR \
      --recipe=myth_esc50 --fold=all --train_on=all --output_dir=RESULTS/a

Accuracy is that of the last epoch, the mean over the folds found; the published code reports the
best epoch on the same clips, which is selection on the test data.

Try:
  python experiments/myth_table5_audio.py
  python experiments/myth_table5_audio.py --measure --results_dir=results/table5
"""

import pathlib
import statistics
import sys
from collections.abc import Mapping, Sequence

from absl import flags

from nasbench_templates.errors import ConfigError
from nasbench_templates.jobs import device_flag, output, progress, study_command
from nasbench_templates.results import runs
from nasbench_templates.studies import networks, published, resource_study
from nasbench_templates.studies.networks import StudyNetwork
from nasbench_templates.studies.published import Figure, Figures
from nasbench_templates.training import devices

NAME = pathlib.Path(__file__).stem
MODEL = "resnet50"
# Counted predictions for each time, the least that the conventions allow.
REPEATS = 30
BATCH_SIZE = 8  # for the throughput that is measured along with them
Row = Mapping[str, object]


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the script's flags."""
    flags.DEFINE_bool(
        "measure", False, "measure peak memory and latency of all six networks (minutes)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "output_dir", f"results/{NAME}", "keeps each network's measurements",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "results_dir", None, "folder of finished runs on ESC-50", flag_values=flag_values
    )
    output.define_format_flag(flag_values)
    device_flag.define_device_flag(flag_values)


def study_networks() -> tuple[StudyNetwork, ...]:
    """Returns the networks of the table."""
    return tuple(
        networks.classifier(MODEL, template, networks.AUDIO_SHAPE, networks.AUDIO_CLASSES)
        for template in networks.TEMPLATES
    )


def rows(
    measured: Mapping[str, Mapping[str, object]], results_dir: pathlib.Path | None
) -> tuple[Row, ...]:
    """Returns a row for each template, published figures beside ours; `None`: not measured.

    Args:
        measured: by template, as `resource_study.measure` gives them; may be empty.
        results_dir: folder of finished runs.
    """
    figures = published.load_folder(pathlib.Path(__file__).parent / "published")
    return tuple(
        _row(network, figures, measured.get(network.template), results_dir)
        for network in study_networks()
    )


def _row(
    network: StudyNetwork,
    figures: Figures,
    measured: Mapping[str, object] | None,
    results_dir: pathlib.Path | None,
) -> Row:
    def printed(quantity: str, dataset: str = "audio") -> Figure:
        return figures.find(
            "myth", "5", template=network.template, quantity=quantity, dataset=dataset
        )

    accuracy, num_folds = _accuracy(network.template, results_dir)
    params = network.plan().cost.trainable_params
    return {
        "template": network.template,
        "published_params_millions": printed("params_millions").value,
        "trainable_params": params,
        "agrees": printed("params_millions").is_printed_of(params / 1e6),
        "published_memory_mb": printed("memory_mb").value,
        "peak_memory_mb": measured and measured["peak_memory_bytes"] / 1e6,
        "published_inference_ms": printed("inference_ms").value,
        "latency_ms": measured and measured["latency_ms"],
        "device": measured and measured["device"],
        "backend": measured and measured["backend"],
        "published_esc50_accuracy_percent": printed("accuracy_percent", "esc50").value,
        "esc50_accuracy_percent": accuracy,
        "num_folds": num_folds,
    }


def measure(folder: pathlib.Path) -> dict[str, Mapping[str, object]]:
    """Returns what each network takes on this machine, by template; from before where known."""
    found = resource_study.measure(
        study_networks(), folder / "networks", REPEATS, BATCH_SIZE, study_command.log_network
    )
    return {network.template: row for network, row in found}


def _accuracy(template: str, results_dir: pathlib.Path | None) -> tuple[float | None, int]:
    """Returns mean test accuracy in percent over the finished folds, and how many those are."""
    if results_dir is None:
        return None, 0
    folders = sorted((results_dir / template).glob("fold*"))
    results = [runs.RunFolder(folder, {}).finished() for folder in folders]
    values = [100 * result["test_accuracy"] for result in results if result is not None]
    return (statistics.fmean(values) if values else None), len(values)


def run(flag_values: flags.FlagValues, line: str) -> int:
    """Prints the table; returns 0.

    Raises:
        ConfigError: there is no folder of finished runs.
    """
    del line  # only rows are printed
    given = flag_values.results_dir
    folder = None if given is None else pathlib.Path(given)
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"--results_dir: expected a folder, {folder} is none")
    measured = {}
    if flag_values.measure:
        progress.start_logging()
        devices.select(flag_values.device)
        measured = measure(pathlib.Path(flag_values.output_dir))
    table = rows(measured, folder)
    if flag_values.format == "json":
        print(output.render_json(table))
    elif flag_values.format == "csv":
        print(output.render_csv(table))
    else:
        print(output.render_table([_texts(row) for row in table]))
    return 0


def _texts(row: Row) -> dict[str, str]:
    return {
        name: "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
        for name, value in row.items()
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    return study_command.script_status(__file__, __doc__, define_flags, run, argv)


if __name__ == "__main__":
    sys.exit(main())
