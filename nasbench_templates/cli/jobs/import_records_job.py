"""Import benchmark records into a folder that opens at once.

Reads a TFRecord file of NAS-Bench-101 (the full one or the one with 108 epochs only) without
TensorFlow and verifies all of its checksums. Also reads the CSV and JSON extracts, and the output
folder of `evaluate`, so that cells of your own can be looked up like the benchmark's.

The folder appears when it is complete; an import that was killed leaves nothing that opens.
Importing the same source again does nothing; if the flags would now refuse it (damaged records were
left out, another number of repeats is expected), that is an error. Every hash is compared with its
graph. With --verify all that the folder holds, new or old, is read again and compared with its
checksums; then --source may be left out.

Try:
  nasbench-templates import_records --source=nasbench_only108.tfrecord --output=nasbench.records
  nasbench-templates import_records --source=results/evaluate --output=own.records
  nasbench-templates import_records --verify --output=own.records
  nasbench-templates query --records=nasbench.records --cell=best
"""

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags, logging

from nasbench_templates.cli import progress
from nasbench_templates.cli.flags import path_flags
from nasbench_templates.support.errors import ConfigError

if TYPE_CHECKING:
    from nasbench_templates.benchmark_records.store import RecordStore


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the job's flags."""
    flags.DEFINE_string(
        "source", None,
        "file or folder to read (TFRecord, CSV, JSON, JSON lines, results of evaluate)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_string("output", None, "new folder for the records", flag_values=flag_values)
    flags.DEFINE_enum(
        "on_error",
        "fail",
        ["fail", "skip"],
        "what to do about a damaged record of a TFRecord file: refuse the file, or leave the "
        "record out and count it",
        flag_values=flag_values,
    )
    flags.DEFINE_integer(
        "num_repeats",
        3,
        "runs that a TFRecord file must have of every cell and budget (default: the published "
        "files'; 0 for any number)",
        lower_bound=0,
        flag_values=flag_values,
    )
    flags.DEFINE_bool(
        "verify", False, "read all that the folder holds and compare its checksums",
        flag_values=flag_values,
    )  # fmt: skip


def run(flag_values: flags.FlagValues, arguments: Sequence[str]) -> int:
    """Imports and prints the counts; returns 0."""
    if arguments:
        raise ConfigError(f"expected flags only, received {arguments[0]!r}")
    for name in ("output",) if flag_values.verify else ("source", "output"):
        if not flag_values[name].value:
            raise ConfigError(f"expected --{name}=..., received none")
    if not flag_values.source:
        return _verify_alone(flag_values.output)
    (path,) = path_flags.existing_paths("source", [flag_values.source])
    from nasbench_templates.benchmark_records import importing
    from nasbench_templates.benchmark_records.store import RecordStore

    progress.start_logging()
    source = pathlib.Path(path)
    with progress.bytes_bar(source) as on_progress:
        result = importing.import_records(
            source,
            flag_values.output,
            skip_damaged=flag_values.on_error == "skip",
            num_repeats=flag_values.num_repeats or None,
            on_progress=on_progress,
        )
    for message in result.messages:
        logging.warning("%s", message)
    manifest = result.manifest
    if not result.is_new:
        logging.info(
            "%s holds the records of %s already: nothing to do",
            flag_values.output,
            manifest.source.name,
        )
    if flag_values.verify:
        _verify(RecordStore.open(flag_values.output))
    if manifest.skipped or flag_values.on_error == "skip":
        print(f"skipped {manifest.skipped}")
    print(f"imported {manifest.num_records} records, {manifest.num_cells} cells")
    return 0


def _verify_alone(output: str) -> int:
    from nasbench_templates.benchmark_records.store import RecordStore

    (path,) = path_flags.existing_paths("output", [output])
    progress.start_logging()
    store = RecordStore.open(path)
    _verify(store)
    print(f"verified {store.manifest.num_records} records, {store.manifest.num_cells} cells")
    return 0


def _verify(store: "RecordStore") -> None:
    store.verify()
    logging.info("%s: all checksums and values are right", store.path)
