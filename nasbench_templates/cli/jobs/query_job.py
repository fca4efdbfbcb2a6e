r"""Look cells up in benchmark records: every budget and repeat, half-way and final.

Takes module hashes, or a cell in any order of its vertices. --hashes names a file with a cell a
line: JSON, a name, or a hash at the start; what follows a comma or a blank is ignored, and so are
titles before the first cell and comments (#). As JSON one --hash or --cell gives an object, several
give a list, and a value that the records lack is null. Of several --records the first that has a
cell counts.

Try:
  nasbench-templates query --records=nasbench.records --cell=inception
  nasbench-templates query --records=nasbench.records --format=json \
      --hash=00005c142e6f48ac74fdcf73e3439874
  nasbench-templates query --records=nasbench.records --hashes=cells.csv --format=csv
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from absl import flags

from nasbench_templates.benchmark_records import cell_texts
from nasbench_templates.cli import output
from nasbench_templates.cli.flags import cell_flag, path_flags
from nasbench_templates.support.errors import ConfigError, RecordError

if TYPE_CHECKING:
    from nasbench_templates.benchmark_records.cell_record import CellRecord


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    path_flags.define_records_flag(flag_values)
    flags.DEFINE_list(
        "hash", None, "module hashes, 32 hexadecimal digits each", flag_values=flag_values
    )
    flags.DEFINE_string(
        "hashes",
        None,
        "file with a cell a line: JSON, a name, or a module hash at its start",
        flag_values=flag_values,
    )
    cell_flag.define_cell_flag(flag_values)
    output.define_format_flag(flag_values)


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Looks up and prints; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    given = [flag_values[name].value is not None for name in ("hash", "hashes", "cell")]
    if sum(given) != 1:
        raise ConfigError("expected one of --hash=..., --hashes=... and --cell=...")
    paths = path_flags.record_paths(flag_values)
    if not paths:
        raise ConfigError("expected --records=..., received none")
    names = _names(flag_values, paths)
    found = _look_up(paths, names)
    if flag_values.format == "json":
        contents = [cell.to_json() for cell in found]
        is_one = len(names) == 1 and flag_values.hashes is None
        print(json.dumps(contents[0] if is_one else contents, indent=1, allow_nan=False))
        return 0
    rows = [
        {"module_hash": cell.module_hash, "epochs": epochs, "repeat": repeat, **run._asdict()}
        for cell in found
        for epochs, runs in cell.runs.items()
        for repeat, run in enumerate(runs)
    ]
    if not rows:
        raise RecordError(f"{names[0]}: expected at least one run, found none")
    shows_hash = len(names) > 1
    print(output.render_csv(rows) if flag_values.format == "csv" else _table(rows, shows_hash))
    return 0


def _names(flag_values: flags.FlagValues, paths: Sequence[str]) -> list[str]:
    """Returns the hashes that are asked for, each once.

    Raises:
        ConfigError: none.
        SpecError: a cell that has no hash.
        RecordError: a malformed one.
    """
    from nasbench_templates.benchmark_records import asked_cells

    if flag_values.cell is not None:
        return [cell_texts.hash_of(cell_texts.resolve(flag_values.cell, paths).cell)]
    if flag_values.hashes is None:
        asked = map(asked_cells.module_hash_of, flag_values.hash)
        names = [name for name in asked if name is not None]
    else:
        names = cell_flag.listed_hashes("hashes", flag_values.hashes)
    if not names:
        raise ConfigError("expected at least one module hash, received none")
    return list(dict.fromkeys(names))


def _look_up(paths: Sequence[str], names: Sequence[str]) -> "list[CellRecord]":
    from nasbench_templates.benchmark_records import lookup

    if len(names) == 1:
        cell = lookup.find_cell(paths, names[0])
        known = {} if cell is None else {names[0]: cell}
    else:
        known = lookup.read_cells(paths, names)
    missing = [name for name in names if known.get(name) is None]
    if missing:
        others = f" and {len(missing) - 5} others" if len(missing) > 5 else ""
        raise RecordError(
            f"{', '.join(missing[:5])}{others}: expected cells of {', '.join(paths)}, found none"
        )
    return [known[name] for name in names]


def _table(rows: Sequence[dict[str, Any]], shows_hash: bool) -> str:
    """Returns the runs as a table, accuracies in percent."""
    shown = []
    for row in rows:
        line = {"module_hash": str(row["module_hash"])} if shows_hash else {}
        line |= {"epochs": str(row["epochs"]), "repeat": str(row["repeat"])}
        for name, value in row.items():
            if name.endswith("accuracy"):
                header = name.replace("_accuracy", " %").replace("_", " ")
                line[header] = "-" if value is None else f"{100 * value:.2f}"
            elif name.endswith("time"):
                header = name.replace("_training_time", " s")
                line[header] = "-" if value is None else f"{value:.1f}"
        shown.append(line)
    return output.render_table(shown)
