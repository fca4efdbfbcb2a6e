r"""Look a cell up in benchmark records: every budget and repeat, half-way and final.

Takes a module hash, or a cell in any order of its vertices. As JSON, a value that the records lack
is null.

Try:
  nasbench-templates query --records=nasbench.records --cell=inception
  nasbench-templates query --records=nasbench.records --format=json \
      --hash=00005c142e6f48ac74fdcf73e3439874
"""

import json
from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import output
from nasbench_templates.cli.flags import cell_flag, path_flags
from nasbench_templates.support.errors import ConfigError, RecordError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    path_flags.define_records_flag(flag_values)
    flags.DEFINE_string("hash", None, "module hash, 32 hexadecimal digits", flag_values=flag_values)
    cell_flag.define_cell_flag(flag_values)
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Looks up and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    if (flag_values.hash is None) == (flag_values.cell is None):
        raise ConfigError("expected one of --hash=... and --cell=...")
    paths = path_flags.record_paths(flag_values)
    if not paths:
        raise ConfigError("expected --records=..., received none")
    from nasbench_templates.benchmark_records import lookup

    module_hash = flag_values.hash or cell_flag.resolve(flag_values.cell, paths).cell.hash()
    if module_hash is None:
        raise ConfigError("expected a cell of the benchmark's three operations, received others")
    found = lookup.find_cell(paths, module_hash)
    if found is None:
        raise RecordError(f"{module_hash}: expected a cell of {', '.join(paths)}, found none")
    content = found.to_json()
    if flag_values.format == "json":
        print(json.dumps(content, indent=1, allow_nan=False))
        return 0
    rows = [
        {"module_hash": module_hash, "epochs": epochs, "repeat": repeat, **run._asdict()}
        for epochs, runs in found.runs.items()
        for repeat, run in enumerate(runs)
    ]
    if not rows:
        raise RecordError(f"{module_hash}: expected at least one run, found none")
    print(output.render_csv(rows) if flag_values.format == "csv" else _table(rows))
    return 0


def _table(rows: Sequence[dict[str, object]]) -> str:
    """Returns the runs as a table, accuracies in percent."""
    shown = []
    for row in rows:
        line = {"epochs": str(row["epochs"]), "repeat": str(row["repeat"])}
        for name, value in row.items():
            if name.endswith("accuracy"):
                header = name.replace("_accuracy", " %").replace("_", " ")
                line[header] = "-" if value is None else f"{100 * value:.2f}"
            elif name.endswith("time"):
                header = name.replace("_training_time", " s")
                line[header] = "-" if value is None else f"{value:.1f}"
        shown.append(line)
    return output.render_table(shown)
