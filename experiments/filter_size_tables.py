r"""Tables 1 to 4 and figure 3 of the paper on networks without pooling or fixed filter sizes.

Trains what the tables compare, at full size or smaller. The published column "MFLOPS" is in units
of 10^9; it stands beside our operation count (Gops) and the multiply-accumulates alone (GMACs).
Networks without learned shares train on all training images, the others divide them. The paper's
rate for the shares moves them in 400 epochs; shorter runs need --mixing_rate. Interrupt it at any
time: the same command goes on where it stopped and trains nothing twice.

  python experiments/filter_size_tables.py --dry_run
  python experiments/filter_size_tables.py --data_dir=cifar10=DIR
  python experiments/filter_size_tables.py --scale=small --data_dir=mnist=DIR
  python experiments/filter_size_tables.py --scale=small --dataset=fashion_mnist --data_dir=DIR

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes"; readings as in the
filter size specification.
"""

import dataclasses
import pathlib
import sys
from collections.abc import Iterator, Mapping, Sequence

from absl import flags, logging
from filter_size_published import FABRICS, ROWS, Row

from nasbench_templates import training_run
from nasbench_templates.analysis import plots, result_tables
from nasbench_templates.analysis.result_tables import Column, ResultTable, Value
from nasbench_templates.arch import architecture
from nasbench_templates.arch.cost import CostModel
from nasbench_templates.data import dataset as datasets
from nasbench_templates.errors import ConfigError
from nasbench_templates.jobs import progress, stop_signals, study_command
from nasbench_templates.results import files
from nasbench_templates.studies import filter_sizes, outputs
from nasbench_templates.studies.filter_sizes import NetworkScale, Trained, Trainings
from nasbench_templates.studies.study import FULL, DataFolders, StudyData
from nasbench_templates.training import devices
from nasbench_templates.training.config import MixingConfig, TrainConfig
from nasbench_templates.training.recipes import recipes

NAME = pathlib.Path(__file__).stem
TITLE = "Networks without pooling or fixed filter sizes, tables 1 to 4"
PUBLISHED_SHAPE, PUBLISHED_CLASSES = (32, 32, 3), 10
# Few layers: without pooling they see little of an image, which shows after a few epochs.
SMALL_SET, SMALL_TABLES = "mnist", ("1",)
SMALL_CHANNEL_DIVISOR, SMALL_DEPTH = 8, 4
SMALL_IMAGES, SMALL_TEST_IMAGES, SMALL_EPOCHS, SMALL_BATCH = 5000, 5000, 8, 32
SMALL_RATE, SMALL_MIXING_RATE = 0.05, 0.02
# The shares of a few images are learned on a fifth of them.
SMOKE_BATCH = 8
NOTE = (
    "Measured: test accuracy after the last epoch, one seed. Parameters, MACs and operations are "
    "computed. Not printed and so chosen: rate, momentum and weight decay; predefined pooling "
    "after layers 3 and 6."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What a scale decides; the defaults are the published protocol.

    Attributes:
        tables: which.
        dataset: what networks are trained on.
        limit_train_images: how many training images; `None`: all.
        limit_test_images: how many images of every split at most; `None`: all.
        epochs: of every run.
        batch_size: images in a step.
        channel_divisor: divides all widths.
        max_depth: deeper networks are cut to it.
        batch_norm: `"shared"` or `"per_resolution"`.
        learning_rate: of SGD, cosine to 0.
        mixing_rate: of Adam on the shares.
    """

    tables: tuple[str, ...] = ("1", "2", "3", "4")
    dataset: str = "cifar10"
    limit_train_images: int | None = None
    limit_test_images: int | None = None
    epochs: int = 400
    batch_size: int = 128
    channel_divisor: int = 1
    max_depth: int = 20
    batch_norm: str = "shared"
    learning_rate: float = 0.1
    mixing_rate: float = 1e-4

    def reductions(self) -> tuple[str, ...]:
        """Returns what differs from the published protocol, a text for each setting."""
        return tuple(
            f"{field.name} {_shown(value)} instead of {_shown(field.default)}"
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default
        )

    def scale(self, shape: tuple[int, int, int], num_classes: int) -> NetworkScale:
        """Returns how large networks for some images are."""
        return NetworkScale(
            self.channel_divisor, self.max_depth, self.batch_norm, shape, num_classes
        )

    def train_config(self) -> TrainConfig:
        """Returns how networks with learned shares are trained."""
        return recipes.get("filter_size_bilevel").config(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            mixing=MixingConfig(learning_rate=self.mixing_rate),
        )


SMALL = Settings(
    tables=SMALL_TABLES,
    dataset=SMALL_SET,
    limit_train_images=SMALL_IMAGES,
    limit_test_images=SMALL_TEST_IMAGES,
    epochs=SMALL_EPOCHS,
    batch_size=SMALL_BATCH,
    channel_divisor=SMALL_CHANNEL_DIVISOR,
    max_depth=SMALL_DEPTH,
    learning_rate=SMALL_RATE,
    mixing_rate=SMALL_MIXING_RATE,
)


def _shown(value: object) -> str:
    if value is None:
        return "all"
    return ",".join(value) if isinstance(value, tuple) else f"{value}"


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the study's flags; what is not given the scale decides."""
    study_command.define_scale_flags(flag_values, NAME)
    flags.DEFINE_list(
        "data_dir", [], "folder with the data set's files; or NAME=FOLDER", flag_values=flag_values
    )
    flags.DEFINE_list("tables", None, "which tables", flag_values=flag_values)
    flags.DEFINE_list("rows", [], "only these rows (default: all)", flag_values=flag_values)
    flags.DEFINE_string("dataset", None, "data set", flag_values=flag_values)
    flags.DEFINE_enum(
        "batch_norm", None, ["shared", "per_resolution"], "of blocks used at several resolutions",
        flag_values=flag_values,
    )  # fmt: skip
    for name, text in (
        ("epochs", "passes over the training images"),
        ("batch_size", "images in a step"),
        ("channel_divisor", "divides all widths"),
        ("max_depth", "cuts deeper networks"),
        ("limit_train_images", "train on so many images"),
        ("limit_test_images", "keep at most so many images of every split"),
    ):
        flags.DEFINE_integer(name, None, text, lower_bound=1, flag_values=flag_values)
    flags.DEFINE_integer("seed", 0, "of every run", lower_bound=0, flag_values=flag_values)
    for name, text in (
        ("learning_rate", "of SGD, as the recipe's; cosine to 0"),
        ("mixing_rate", "of Adam on the shares"),
    ):
        flags.DEFINE_float(name, None, text, flag_values=flag_values)


def settings(flag_values: flags.FlagValues) -> Settings:
    """Returns the scale's settings with those given in their place."""
    scaled = Settings() if flag_values.scale == FULL and not flag_values.smoke else SMALL
    given = {
        field.name: getattr(flag_values, field.name)
        for field in dataclasses.fields(Settings)
        if getattr(flag_values, field.name) is not None
    }
    if "tables" in given:
        given["tables"] = tuple(given["tables"])
    chosen = dataclasses.replace(scaled, **given)
    if not flag_values.smoke:
        return chosen
    return dataclasses.replace(chosen, epochs=1, batch_size=min(chosen.batch_size, SMOKE_BATCH))


def chosen_rows(tables: Sequence[str], names: Sequence[str]) -> list[Row]:
    """Returns the rows of the tables asked for.

    Args:
        tables: numbers.
        names: of rows; none: all.

    Raises:
        ConfigError: there are none.
    """
    rows = [row for row in ROWS if str(row.table) in tables and (not names or row.name in names)]
    if not rows:
        known = sorted({row.name for row in ROWS})
        raise ConfigError(f"expected --tables of 1 to 4 and --rows of {known}, received none")
    return rows


def table_row(row: Row, scale: NetworkScale, trained: Trained | None) -> dict[str, Value]:
    """Returns a row's figures: published, measured and computed in keys of their own."""
    built = scale.built(dict(row.options))
    graph = built.graph if trained is None else trained.graph
    published = architecture.build("multires", PUBLISHED_SHAPE, PUBLISHED_CLASSES,
                                   dict(row.options))  # fmt: skip
    full = CostModel(published.graph).cost(published.base_filters)
    cost = CostModel(graph).cost(built.base_filters)
    # Pruned networks depend on what was learned.
    is_known, is_whole = row.threshold is None or trained is not None, row.threshold is None
    return {
        "table": str(row.table),
        "row": row.name,
        "published_accuracy_percent": row.accuracy,
        "test_accuracy_percent": None if trained is None else 100 * trained.accuracy,
        "effective_depth": None if trained is None else trained.effective_depth,
        "params": cost.params if is_known else None,
        "mmacs": cost.macs / 1e6 if is_known else None,
        "mops": cost.published_flops / 1e6 if is_known else None,
        "full_size_gmacs": full.macs / 1e9 if is_whole else None,
        "full_size_gops": full.published_flops / 1e9 if is_whole else None,
        "published_gops": row.gops,
    }


def result_table(rows: Sequence[Mapping[str, Value]], note: str) -> ResultTable:
    """Returns the table for people."""
    columns = (
        Column("table", "table"),
        Column("row", "row"),
        Column("published_accuracy_percent", "published acc %", 1),
        Column("test_accuracy_percent", "measured acc %", 2),
        Column("effective_depth", "measured effective depth"),
        Column("params", "params"),
        Column("mmacs", "MMACs", 2),
        Column("mops", "Mops", 2),
        Column("full_size_gmacs", "full size GMACs", 3),
        Column("full_size_gops", "full size Gops", 3),
        Column("published_gops", "published Gops", 2),
    )
    return ResultTable(TITLE, columns, tuple(rows), group_by=("table",), note=note)


def more_tables(rows: Sequence[Row]) -> Iterator[ResultTable]:
    """Yields what table 4 prints for comparison, if rows of it are asked for."""
    if any(row.table == 4 for row in rows):
        yield ResultTable(
            "Table 4: published figures of Saxena and Verbeek's networks",
            (Column("row", "row"), Column("accuracy", "published acc %", 2),
             Column("params", "published params M", 1)),
            tuple({"row": name, "accuracy": accuracy, "params": params}
                  for name, (accuracy, params) in FABRICS.items()),
        )  # fmt: skip


def draw(
    trainings: Trainings,
    trained: Mapping[Row, Trained],
    scale: NetworkScale,
    paths: Sequence[pathlib.Path],
) -> None:
    """Draws figure 3 from what was trained for table 1, if that learned any shares.

    Args:
        trainings: where the network that others were pruned from is kept.
        trained: by row.
        scale: of the networks.
        paths: of the files to write.
    """
    learned = {
        row: each
        for row, each in trained.items()
        if row.table == 1 and ("variant", "learned") in row.options
    }
    if not learned:
        return
    whole = trainings.trained(dict(next(iter(learned)).options))
    grids = {
        row.name: filter_sizes.share_grid(each, whole, row.threshold)
        for row, each in learned.items()
    }
    first = next(iter(grids.values()))
    grids = {"predefined pooling": filter_sizes.pooling_grid(scale, len(first[0])), **grids}
    for path in paths:
        plots.plot_shares(grids, str(path))


def run(flag_values: flags.FlagValues, line: str) -> int:
    """Trains what is not trained yet, writes and prints the tables; returns the exit status."""
    chosen = settings(flag_values)
    rows = chosen_rows(chosen.tables, flag_values.rows)
    folder = DataFolders.parse(flag_values.data_dir).of(chosen.dataset)
    reductions = chosen.reductions()
    if flag_values.smoke:
        reductions = (*reductions, "smoke run on a few images: figures mean nothing")
    note = f"Not the published protocol: {'; '.join(reductions)}. {NOTE}" if reductions else NOTE
    if flag_values.dry_run:
        info = datasets.find_info(chosen.dataset, folder)
        scale = chosen.scale(info.input_shape, info.num_classes)
        table = result_table([table_row(row, scale, None) for row in rows], note)
        for each in (table, *more_tables(rows)):
            print("\n".join(filter(None, (result_tables.to_markdown(each), each.note))))
        return 0
    about = {
        "study": NAME,
        "command": line,
        "scale": flag_values.scale if not flag_values.smoke else "smoke",
        "reductions": list(reductions),
        "settings": {
            **dataclasses.asdict(chosen), "tables": ",".join(chosen.tables),
            "rows": ",".join(row.name for row in rows), "seed": flag_values.seed,
        },
    }  # fmt: skip
    return _carry_out(flag_values, chosen, rows, folder, note, about)


def _carry_out(
    flag_values: flags.FlagValues,
    chosen: Settings,
    rows: Sequence[Row],
    data_folder: str | None,
    note: str,
    about: Mapping[str, object],
) -> int:
    progress.start_logging()
    devices.select(flag_values.device)
    devices.keras_backend()
    folder = study_command.output_folder(flag_values, NAME)
    files.check_writable(folder)
    with stop_signals.StopSignals() as signals:
        signals.take()
        signals.hold()
        # The paper divides all training images in two; nothing is chosen by validation.
        data = StudyData(chosen.dataset, chosen.limit_train_images, chosen.limit_test_images)
        dataset = data.load(data_folder, is_smoke=flag_values.smoke)
        scale = chosen.scale(dataset.input_shape, dataset.num_classes)
        trainings = Trainings(
            scale,
            dataset,
            chosen.train_config(),
            flag_values.seed,
            folder,
            is_smoke=flag_values.smoke,
            watch=training_run.Watch(
                on_epoch=study_command.log_epoch, stop_reason=lambda: signals.name
            ),
            on_run=_log_run,
        )
        trained = {}
        for number, row in enumerate(rows, 1):
            if signals.name is None:
                logging.info("row %d of %d: table %d, %s", number, len(rows), row.table, row.name)
            found = trainings.trained(dict(row.options), row.threshold)
            if found is not None:
                trained[row] = found
        table = result_table([table_row(row, scale, trained.get(row)) for row in rows], note)
        counts = {"finished": len(trained), "all": len(rows)}
        results = [each.result for each in trained.values()]
        about = {**outputs.origin(results), **about, "rows_trained": counts}
        outputs.write(folder, table, about, *more_tables(rows))
        draw(trainings, trained, scale, [folder / name for name in study_command.PICTURES])
    print((folder / "results.md").read_text("utf-8"))
    for failure in trainings.failures:
        logging.error("failed: %s", failure)
    return study_command.status(signals, bool(trainings.failures))


def _log_run(label: str, is_known: bool) -> None:
    logging.info("  %s: %s", label, "finished before, read back" if is_known else "training")


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    return study_command.script_status(__file__, __doc__, define_flags, run, argv)


if __name__ == "__main__":
    sys.exit(main())
