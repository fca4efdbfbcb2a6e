r"""Tables 1 to 4 and figure 3 of the paper on networks without pooling or fixed filter sizes.

Trains what the tables compare, at full size or smaller. The published column "MFLOPS" is in units
of 10^9; it stands beside our operation count (Gops) and the multiply-accumulates alone (GMACs).
Networks without learned shares train on all training images, the others divide them. The paper's
rate for the shares moves them in 400 epochs; shorter runs need --mixing_rate. Every resolution has
a batch norm of its own (--batch_norm=shared is the paper's literal reading), filters are shared but
in one row of table 1. Interrupt it at any time: the same command goes on where it stopped and
trains nothing twice.

  nasbench-templates study filter_sizes --dry_run
  nasbench-templates study filter_sizes --data_dir=cifar10=DIR
  nasbench-templates study filter_sizes --scale=small --data_dir=mnist=DIR
  nasbench-templates study filter_sizes --scale=small --tables=3 --data_dir=mnist=DIR
  nasbench-templates study filter_sizes --scale=small --dataset=fashion_mnist --data_dir=DIR

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes"; readings as in
docs/filter_sizes.md.
"""

import dataclasses
import pathlib
from collections.abc import Collection, Mapping, Sequence

from nasbench_templates.papers import filter_size_trainings, registered
from nasbench_templates.papers.filter_size_networks import ROWS, Row
from nasbench_templates.papers.filter_size_trainings import NetworkScale, Trained, Trainings
from nasbench_templates.papers.registered import Own
from nasbench_templates.papers.study import StudyData
from nasbench_templates.report import plots
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.config import MixingConfig, TrainConfig
from nasbench_templates.training.recipes import recipes

# Few layers: without pooling they see little of an image, which shows after a few epochs.
SMALL_SET, SMALL_TABLES = "mnist", ("1",)
SMALL_CHANNEL_DIVISOR, SMALL_DEPTH_DIVISOR = 8, 3
SMALL_IMAGES, SMALL_TEST_IMAGES, SMALL_EPOCHS, SMALL_BATCH = 5000, 5000, 8, 32
SMALL_RATE, SMALL_MIXING_RATE = 0.05, 0.02


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
        depth_divisor: divides all depths, of which four layers stay at least.
        batch_norm: `"per_resolution"`, since our own run refutes the literal `"shared"`.
        filters: `"shared"`, as the paper advises, or `"per_resolution"`.
        subsampling: `"mean"` or `"stride"`.
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
    depth_divisor: int = 1
    batch_norm: str = "per_resolution"
    filters: str = "shared"
    subsampling: str = "mean"
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
            self.channel_divisor,
            self.max_depth,
            self.batch_norm,
            shape,
            num_classes,
            self.depth_divisor,
            self.filters,
            self.subsampling,
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
    depth_divisor=SMALL_DEPTH_DIVISOR,
    learning_rate=SMALL_RATE,
    mixing_rate=SMALL_MIXING_RATE,
)


def _shown(value: object) -> str:
    return "all" if value is None else f"{value}"


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
    if whole is None:
        return
    grids = {
        row.name: filter_size_trainings.share_grid(each, whole, row.threshold)
        for row, each in learned.items()
    }
    first = next(iter(grids.values()))
    grids = {
        "predefined pooling": filter_size_trainings.pooling_grid(scale, len(first[0])),
        **grids,
    }
    for path in paths:
        plots.plot_shares(grids, str(path))


registered.study("filter_sizes", __doc__, Own("filter_sizes"))
