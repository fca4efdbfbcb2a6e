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
import functools
import pathlib
import sys
from collections.abc import Collection, Mapping, Sequence

from absl import flags
from filter_size_networks import ROWS, Row
from filter_size_rows import more_tables, result_table, table_rows

from nasbench_templates.cli import progress, running, study_command
from nasbench_templates.cli.flags import training_flags
from nasbench_templates.data import loading
from nasbench_templates.execution import engine
from nasbench_templates.papers import filter_sizes, outputs, published
from nasbench_templates.papers.filter_sizes import NetworkScale, Trained, Trainings
from nasbench_templates.papers.study import (
    FULL,
    SEEDS,
    SMOKE,
    SMOKE_IMAGES,
    DataFolders,
    StudyData,
)
from nasbench_templates.report import plots, result_tables
from nasbench_templates.support import files
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.config import MixingConfig, TrainConfig
from nasbench_templates.training.recipes import recipes

NAME = pathlib.Path(__file__).stem
PUBLISHED_SEEDS = (0,)
# Few layers: without pooling they see little of an image, which shows after a few epochs.
SMALL_SET, SMALL_TABLES = "mnist", ("1",)
SMALL_CHANNEL_DIVISOR, SMALL_DEPTH = 8, 4
SMALL_IMAGES, SMALL_TEST_IMAGES, SMALL_EPOCHS, SMALL_BATCH = 5000, 5000, 8, 32
# Moving statistics of one batch norm for all resolutions fit none of them: a
# learned network right on 85 % of its training batches was right on 45 % of the test images.
SMALL_BATCH_NORM = "per_resolution"
SMALL_RATE, SMALL_MIXING_RATE = 0.05, 0.02
# The shares of a few images are learned on a fifth of them.
SMOKE_BATCH = 8


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

    def reductions(self, are_tables_asked_for: bool) -> tuple[str, ...]:
        """Returns what differs from the published protocol, a text for each setting.

        Args:
            are_tables_asked_for: whether fewer tables are a choice; those are made as published.
        """
        every = () if are_tables_asked_for else Settings().tables
        left_out = [table for table in every if table not in self.tables]
        return (
            *([f"tables {', '.join(left_out)} left out"] if left_out else []),
            *(
                f"{field.name} {_shown(value)} instead of {_shown(field.default)}"
                for field in dataclasses.fields(self)
                if field.name != "tables" and (value := getattr(self, field.name)) != field.default
            ),
        )

    def scale(self, shape: tuple[int, int, int], num_classes: int) -> NetworkScale:
        """Returns how large networks for some images are."""
        return NetworkScale(
            self.channel_divisor, self.max_depth, self.batch_norm, shape, num_classes
        )

    def data(self) -> StudyData:
        """Returns what is read of the data set.

        Raises:
            ConfigError: limits that do not go together.
        """
        return StudyData(self.dataset, self.limit_train_images, self.limit_test_images)

    def train_config(self) -> TrainConfig:
        """Returns how networks with learned shares are trained.

        Raises:
            ConfigError: a rate that trains nothing.
        """
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
    batch_norm=SMALL_BATCH_NORM,
    learning_rate=SMALL_RATE,
    mixing_rate=SMALL_MIXING_RATE,
)


def _shown(value: object) -> str:
    return "all" if value is None else f"{value}"


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the study's flags; what is not given the scale decides."""
    study_command.define_scale_flags(flag_values, NAME)
    study_command.define_training_flags(flag_values)
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
        ("max_depth", "cuts deeper networks, of 8 to 20 layers as published"),
        ("limit_train_images", "train on so many images"),
        ("limit_test_images", "keep at most so many images of every split"),
    ):
        flags.DEFINE_integer(name, None, text, lower_bound=1, flag_values=flag_values)
    flags.DEFINE_string(
        "seeds", None, "one run of every network for each (default: 0; small scale: 0,1,2)",
        flag_values=flag_values,
    )  # fmt: skip
    flags.DEFINE_float("mixing_rate", None, "of Adam on the shares", flag_values=flag_values)


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


def chosen_seeds(flag_values: flags.FlagValues) -> tuple[int, ...]:
    """Returns those asked for, by default the paper's one and at the small scale three.

    Raises:
        ConfigError: not whole numbers of at least 0.
    """
    if flag_values.seeds is not None:
        return study_command.seeds(flag_values.seeds)
    is_single = flag_values.scale == FULL or flag_values.smoke
    return PUBLISHED_SEEDS if is_single else SEEDS


def chosen_rows(tables: Sequence[str], names: Sequence[str]) -> list[Row]:
    """Returns the rows of the tables asked for.

    Args:
        tables: numbers.
        names: of rows; none: all.

    Raises:
        ConfigError: a table or row that there is not, or no table.
    """
    _check_known("tables", tables, dict.fromkeys(str(row.table) for row in ROWS))
    rows = [row for row in ROWS if str(row.table) in tables]
    if names:
        _check_known("rows", names, dict.fromkeys(row.name for row in rows))
    return [row for row in rows if not names or row.name in names]


def _check_known(flag: str, names: Sequence[str], known: Collection[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ConfigError(
            f"expected --{flag} of {', '.join(known)}, received {', '.join(unknown) or 'none'}"
        )


def draw(
    trainings: Trainings,
    trained: Mapping[Row, Trained],
    scale: NetworkScale,
    paths: Sequence[pathlib.Path],
) -> None:
    """Draws figure 3 from what one seed trained for table 1, if that learned any shares.

    Args:
        trainings: where the network that others were pruned from is kept.
        trained: by row, of that seed.
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
    rows, seeds = chosen_rows(chosen.tables, flag_values.rows), chosen_seeds(flag_values)
    for check in (chosen.data, chosen.train_config):
        check()  # a dry run refuses what a run would
    folder = DataFolders.parse(flag_values.data_dir).of(chosen.dataset)
    reductions = chosen.reductions(flag_values.tables is not None)
    if flag_values.smoke:
        reductions = (*reductions, "smoke run on a few images: figures mean nothing")
    if flag_values.dry_run:
        info = loading.find_info(chosen.dataset, folder)
        scale = chosen.scale(info.input_shape, info.num_classes)
        for each in _tables(rows, scale, {}, reductions):
            print("\n".join(filter(None, (result_tables.to_markdown(each), each.note))))
        return 0
    about = {
        "study": NAME,
        "command": line,
        "scale": SMOKE if flag_values.smoke else flag_values.scale,
        "reductions": list(reductions),
        "settings": {
            **dataclasses.asdict(chosen), "tables": ",".join(chosen.tables),
            "rows": ",".join(row.name for row in rows), "seeds": ",".join(map(str, seeds)),
        },
    }  # fmt: skip
    return _carry_out(flag_values, chosen, rows, seeds, folder, about)


def _carry_out(
    flag_values: flags.FlagValues,
    chosen: Settings,
    rows: Sequence[Row],
    seeds: Sequence[int],
    data_folder: str | None,
    about: Mapping[str, object],
) -> int:
    progress.start_logging()
    folder = study_command.output_folder(flag_values, NAME)
    files.check_writable(folder)
    # The paper divides all training images in two; nothing is chosen by validation.
    data = chosen.data().request(data_folder, SMOKE_IMAGES if flag_values.smoke else None)
    info = data.find()
    scale = chosen.scale(info.input_shape, info.num_classes)
    config = dataclasses.replace(chosen.train_config(), **training_flags.overrides(flag_values))
    num_runs = len(rows) * len(seeds)
    with running.Session(flag_values, num_runs, num_runs * config.epochs) as session:
        session.check(config, folder)
        carry_out = functools.partial(engine.carry_out, context=session.context, **session.watch)
        trainings = {
            seed: Trainings(scale, data, config, seed, folder, carry_out) for seed in seeds
        }
        wanted = [(dict(row.options), row.threshold) for row in rows]
        filter_sizes.train_together(tuple(trainings.values()), wanted, carry_out)
        trained = _trained(trainings, rows)
        results = [each.result for found in trained.values() for each in found.values()]
        counts = {"finished": len(results), "all": num_runs}
        about = {**outputs.origin(results), **about, "runs": counts}
        table, *others = _tables(rows, scale, trained, about["reductions"])
        outputs.write(folder, table, about, *others)
        pictures = [folder / name for name in study_command.PICTURES]
        first = {row: found[seeds[0]] for row, found in trained.items() if seeds[0] in found}
        draw(trainings[seeds[0]], first, scale, pictures)
        print((folder / "results.md").read_text("utf-8"))
        return session.status()


def _tables(
    rows: Sequence[Row],
    scale: NetworkScale,
    trained: Mapping[Row, Mapping[int, Trained]],
    reductions: Sequence[str],
) -> list[result_tables.ResultTable]:
    figures = published.load_folder(pathlib.Path(__file__).parent / "published")
    table = result_table(table_rows(rows, scale, trained, figures), reductions)
    return [table, *more_tables(rows, figures)]


def _trained(
    trainings: Mapping[int, Trainings], rows: Sequence[Row]
) -> dict[Row, dict[int, Trained]]:
    """Returns what finished, by row and seed."""
    found: dict[Row, dict[int, Trained]] = {}
    for seed, of_seed in trainings.items():
        for row in rows:
            each = of_seed.trained(dict(row.options), row.threshold)
            if each is not None:
                found.setdefault(row, {})[seed] = each
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status."""
    return study_command.script_status(__file__, __doc__, define_flags, run, argv)


if __name__ == "__main__":
    sys.exit(main())
