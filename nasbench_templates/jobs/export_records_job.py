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

from nasbench_templates.errors import ConfigError
from nasbench_templates.jobs import progress


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_string(
        "records", None, "records to write: a folder of import_records, or any other source",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string(
        "output",
        None,
        "file to write: .parquet, or any other name for the TFRecord format",
        flag_values=flag_values,
    )


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Exports and prints the counts; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    for name in ("records", "output"):
        if not flag_values[name].value:
            raise ConfigError(f"expected --{name}=..., received none")
    from nasbench_templates.benchmark import exporting, sources

    cells = sources.read_cells(pathlib.Path(flag_values.records))
    with progress.counted(cells, "cell") as shown:
        records, count = exporting.export_records(shown, pathlib.Path(flag_values.output))
    print(f"exported {records} records, {count} cells")
    return 0
