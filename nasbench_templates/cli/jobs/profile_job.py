"""Measure what one network takes under templates, beside its analytic cost.

Matches each template to the base's cost as `match` does, builds the networks with random weights,
and prints a row for each: Table 1 of "The Myth of the Pyramid" for any network, on this machine.
Nothing is trained and no data are needed.

What the columns are:
  macs              multiply-accumulates of one image, counted on the graph.
  profiler_macs     the same by TensorFlow's profiler: half the operations of its convolutions and
                    matrix products. It must equal macs. With KERAS_BACKEND=jax it is null.
  params            all values, with batch-norm statistics; trainable_params without them.
  peak_memory_bytes of a fresh process that builds this network alone and predicts one image.
                    peak_memory_kind says of what: device_peak_of_prediction (TensorFlow on a GPU),
                    device_peak_of_process (JAX on a GPU, building included), or
                    resident_peak_over_imports (on a CPU: the process's peak resident memory without
                    that of one that only imports Keras; traces and libraries of the first
                    prediction are in it, some tens of megabytes for any network).
  peak_activation_bytes  computed: most bytes of activations alive at once, float32, one image.
  summary_memory_bytes   computed: the paper's memory column, what tools that summarise modules add
                    up for one image: values, and all outputs forward and backward (docs/memory.md).
  latency_ms        median time of predicting one image, and its quartiles; batch_latency_ms the
                    same for 64 images, from which images_per_second follows.
  ..._reduction_percent  how much less than the row `base`, as in the paper; without it null.

Times on a machine that does something else mean little: look at the quartiles. The paper's times
come from a GPU; its parameters are trainable_params.

Try:
  nasbench-templates profile --model=mobilenet_v2
  nasbench-templates profile --cell=best --templates=base,d --format=json
  nasbench-templates profile --model=vgg19 --budget=0.1x --n_min=8 --output_dir=results/profile
"""

import pathlib
from collections.abc import Sequence

from absl import flags, logging

from nasbench_templates.cli import design_table, output, profile_table, progress
from nasbench_templates.cli.flags import match_flags, network_flags
from nasbench_templates.design import planning
from nasbench_templates.design.design import Design
from nasbench_templates.distributions.template import BASE
from nasbench_templates.measure import latency, operations, resources
from nasbench_templates.runs import provenance
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import devices

_PICTURES = ("widths.svg", "widths.png")


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    network_flags.define_network_flags(flag_values)
    network_flags.define_input_flags(flag_values)
    match_flags.define_templates_flag(flag_values)
    match_flags.define_match_flags(flag_values)
    flags.DEFINE_integer(
        "repeats",
        latency.REPEATS,
        "predictions of one image that the time is the median of, at least 30; a batch of "
        f"{resources.BATCH_SIZE} takes {resources.BATCH_REPEATS}; 10 more come first as warm-up",
        lower_bound=latency.LEAST_REPEATS,
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "output_dir",
        None,
        "folder for profile.csv, profile.json (with device and versions) and a picture of the "
        "widths as widths.svg and widths.png (default: nothing is written)",
        flag_values=flag_values,
    )
    flags.DEFINE_bool(
        "dry_run", False, "print the matched networks, measure and write nothing",
        flag_values=flag_values,
    )  # fmt: skip
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Measures and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    if flag_values.output_dir == "":
        raise ConfigError("expected a folder for --output_dir, received an empty text")
    network = network_flags.asked_network(flag_values)
    names = match_flags.template_names(flag_values)
    networks = planning.plan(network, names, match_flags.match_settings(flag_values))
    if flag_values.dry_run:
        design_table.print_plan(flag_values.format, networks)
        return 0
    backend = devices.keras_backend()
    folder = pathlib.Path(flag_values.output_dir) if flag_values.output_dir else None
    if folder is not None:
        files.check_writable(folder)
    progress.start_logging()
    if backend != "tensorflow":
        logging.warning("%s", operations.NO_PROFILER)
    rows = resources.measure_resources(
        networks,
        flag_values.repeats,
        on_network=lambda template, what: logging.info("template %s: %s", template, what),
    )
    base = next((row for row in rows if row.network.template == BASE), None)
    records = [row.to_json(base) for row in rows]
    machine = _machine()
    if folder is not None:
        _write(folder, networks, records, machine)
    if flag_values.format == "table":
        print(profile_table.render(records, [row.network.template_title for row in rows]))
        print(profile_table.footnote(records, machine["device"]))
    else:
        is_json = flag_values.format == "json"
        print(output.render_json(records) if is_json else output.render_csv(records))
    return 0


def _machine() -> dict[str, object]:
    return {"device": devices.describe(), "versions": provenance.versions()}


def _write(
    folder: pathlib.Path,
    networks: Sequence[Design],
    records: Sequence[output.Row],
    machine: dict[str, object],
) -> None:
    from nasbench_templates.report import plots

    files.write_json(folder / "profile.json", {"rows": list(records), **machine})
    with files.replacing_text(folder / "profile.csv") as file:
        file.write(output.render_csv(records) + "\n")
    widths = {network.template: network.filters for network in networks}
    for name in _PICTURES:
        with files.replacing(folder / name) as partial:
            plots.plot_widths(widths, str(partial))
