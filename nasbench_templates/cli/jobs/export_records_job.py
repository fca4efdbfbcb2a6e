"""Write records in the TFRecord format of the published files, or as Parquet.

The TFRecord file can be read by the original's API (google-research/nasbench) and by
import_records. The original expects three runs of every cell and budget; what it does not find it
cannot query. A Parquet file has a row for each run.

Try:
  nasbench-templates export_records --records=own.records --output=own.tfrecord
  nasbench-templates export_records --records=nasbench.records --output=nasbench.parquet
"""

import pathlib
from collections.abc import Sequence

from absl import flags

from nasbench_templates.cli import progress
from nasbench_templates.cli.flags import path_flags
from nasbench_templates.support.errors import ConfigError


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_string(
        "records", None, "records to write: a folder of import_records, or any other source",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "output",
        None,
        "file to write; its name ends in .tfrecord or .parquet",
        flag_values=flag_values,
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Exports and prints the counts; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    if not flag_values.records:
        raise ConfigError("expected --records=..., received none")
    (source,) = path_flags.existing_paths("records", [flag_values.records])
    from nasbench_templates.benchmark_records import exporting, reading

    # Before records are read, which may take minutes.
    path = path_flags.output_file(flag_values)
    exporting.check_format(path)
    cells = reading.read_cells(pathlib.Path(source))
    with progress.counted(cells, "cell") as shown:
        records, count = exporting.export_records(shown, path)
    print(f"exported {records} records, {count} cells")
    return 0
