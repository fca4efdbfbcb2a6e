r"""Tables 1 to 4 and figure 3 of the paper on networks without pooling or fixed filter sizes.

Trains what the tables compare, at full size or smaller, and prints each row beside the published
figures. The published column "MFLOPS" is in units of 10^9; it is printed beside our operation count
(Gops) and the multiply-accumulates alone (GMACs). Networks without learned shares train on all
training images, the others divide them. The paper's rate for the shares moves them in 400 epochs;
shorter runs need --mixing_rate.

Try:
  python experiments/filter_size_tables.py --dry_run
  python experiments/filter_size_tables.py --dataset=cifar10 --data_dir=DIR --output_dir=OUT
  python experiments/filter_size_tables.py --dataset=fashion_mnist --data_dir=DIR --tables=1 \
      --channel_divisor=8 --max_depth=5 --limit_train_images=3000 --epochs=12 --batch_size=32 \
      --learning_rate=0.05 --mixing_rate=0.01 --output_dir=OUT

Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes"; readings as in the
filter size specification.
"""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from absl import flags, logging
from filter_size_published import FABRICS, ROWS, Row

from nasbench_templates.analysis import plots
from nasbench_templates.arch import architecture, mixing, pruning
from nasbench_templates.arch.cost import CostModel
from nasbench_templates.arch.graph import LayerGraph
from nasbench_templates.data import dataset as datasets
from nasbench_templates.errors import ConfigError, DataError, SpecError, TrainingError
from nasbench_templates.jobs import output, training_flags
from nasbench_templates.results import files
from nasbench_templates.training.config import MixingConfig, TrainConfig
from nasbench_templates.training.recipes import recipes

if TYPE_CHECKING:
    import numpy as np

FINE_TUNING_RATE = 0.1  # of the rate of the training before
FINE_TUNING_LENGTH = 0.25  # of its epochs, at least one
PUBLISHED_SHAPE, PUBLISHED_CLASSES = (32, 32, 3), 10
SMOKE_IMAGES = 256


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """How large the study is.

    Attributes:
        channel_divisor: what all widths are divided by.
        max_depth: deeper networks are cut to it.
        batch_norm: `"shared"` or `"per_resolution"`.
        input_shape: `(height, width, channels)`.
        num_classes: outputs.
    """

    channel_divisor: int
    max_depth: int
    batch_norm: str
    input_shape: tuple[int, int, int]
    num_classes: int

    def built(self, options: Mapping[str, object]) -> architecture.Architecture:
        """Returns the network of some published options at this scale."""
        scaled = {"channels": 64, "depth": 10, "batch_norm": self.batch_norm, **options}
        scaled["channels"] = max(1, scaled["channels"] // self.channel_divisor)
        scaled["depth"] = min(self.max_depth, scaled["depth"])
        return architecture.build("multires", self.input_shape, self.num_classes, scaled)


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """A trained network.

    Attributes:
        graph: what was trained.
        weights: at the end, in the order of the network's weights.
        shares: of each learned mixture's inputs.
        accuracy: on the test images, 0..1.
    """

    graph: LayerGraph
    weights: "Sequence[np.ndarray]"
    shares: dict[str, tuple[float, ...]]
    accuracy: float


class Study:
    """Trains each network of the tables once.

    Args:
        scale: of the networks.
        dataset: what they are trained on.
        config: of networks with learned shares; the others train without its mixing.
        seed: of every run.
    """

    def __init__(self, scale: Scale, dataset: datasets.Dataset, config: TrainConfig, seed: int):
        self._scale, self._dataset, self._config, self._seed = scale, dataset, config, seed
        self._trained: dict[tuple, Trained] = {}

    def trained(self, row: Row) -> Trained:
        """Returns what a row is about, trained now or before."""
        built = self._scale.built(dict(row.options))
        key = (built.graph, built.base_filters, row.threshold)
        if key not in self._trained:
            if row.threshold is None:
                self._trained[key] = self._train(built.graph, built.base_filters)
            else:
                whole = self.trained(dataclasses.replace(row, threshold=None))
                self._trained[key] = self._prune(whole, built.base_filters, row.threshold)
        return self._trained[key]

    def _prune(self, whole: Trained, filters: Sequence[int], threshold: float) -> Trained:
        from nasbench_templates.models import keras_builder, mixtures

        kept = kept_resolutions(whole.shares, threshold)
        graph = pruning.prune(whole.graph, kept)
        if threshold == 1:
            return self._train(graph, filters)
        network, smaller = (keras_builder.build_keras(g, filters) for g in (whole.graph, graph))
        network.set_weights(whole.weights)
        mixtures.carry_weights(network, whole.graph, smaller, graph, kept)
        return self._train(graph, filters, smaller.get_weights())

    def _train(
        self,
        graph: LayerGraph,
        filters: Sequence[int],
        first_weights: "Sequence[np.ndarray] | None" = None,
    ) -> Trained:
        from nasbench_templates.models import mixtures
        from nasbench_templates.training.trainer import Trainer

        is_learned = any(isinstance(node.layer, mixing.Mix) for node in graph.nodes)
        config = self._config if is_learned else dataclasses.replace(self._config, mixing=None)
        if first_weights is not None:
            config = dataclasses.replace(
                config,
                epochs=max(1, round(config.epochs * FINE_TUNING_LENGTH)),
                learning_rate=config.learning_rate * FINE_TUNING_RATE,
            )
        trainer = Trainer(graph, filters, self._dataset, config, first_weights=first_weights)
        result = trainer.run(self._seed, on_epoch=lambda each: logging.info("%s", each))
        network = trainer.model.get_layer("network")
        return Trained(
            graph, network.get_weights(), mixtures.shares(network, graph), result.test_accuracy
        )


def kept_resolutions(
    shares: Mapping[str, Sequence[float]], threshold: float
) -> dict[str, tuple[int, ...]]:
    """Returns which inputs each mixture of resolutions keeps; that of the depth keeps all."""
    return {
        name: pruning.largest_share(each)
        if threshold == 1
        else pruning.shares_of_at_least(each, threshold)
        for name, each in shares.items()
        if name != "depth_mix"
    }


def table_row(row: Row, scale: Scale, trained: Trained | None) -> dict[str, object]:
    """Returns a row's figures: measured, counted and published."""
    built = scale.built(dict(row.options))
    graph = built.graph if trained is None else trained.graph
    published = architecture.build("multires", PUBLISHED_SHAPE, PUBLISHED_CLASSES,
                                   dict(row.options))  # fmt: skip
    full = CostModel(published.graph).cost(published.base_filters)
    cost = CostModel(graph).cost(built.base_filters)
    depth = None
    if trained is not None and "depth_mix" in trained.shares:
        # Like D, the effective depth counts the stem and the classifier.
        depth = pruning.largest_share(trained.shares["depth_mix"])[0] + 3
    return {
        "table": row.table,
        "row": row.name,
        "accuracy %": None if trained is None else round(100 * trained.accuracy, 2),
        "published %": row.accuracy,
        "effective depth": depth,
        "MMACs": round(cost.macs / 1e6, 2),
        "Mops": round(cost.published_flops / 1e6, 2),
        "params": cost.params,
        # Pruned networks depend on what was learned.
        "full size GMACs": round(full.macs / 1e9, 3) if row.threshold is None else None,
        "full size Gops": round(full.published_flops / 1e9, 3) if row.threshold is None else None,
        "published Gops": row.gops,
    }


def share_grid(trained: Trained, whole: Trained, threshold: float | None) -> list[list[float]]:
    """Returns the shares of every layer and resolution, 0 where one was pruned."""
    grid = []
    for name, shares in whole.shares.items():
        if name == "depth_mix":
            continue
        kept = range(len(shares))
        if threshold is not None:
            kept = kept_resolutions(whole.shares, threshold)[name]
        now = dict(zip(kept, trained.shares.get(name, (1.0,)), strict=True))
        grid.append([now.get(place, 0.0) for place in range(len(shares))])
    return grid


def pooling_grid(scale: Scale, num_resolutions: int) -> list[list[float]]:
    """Returns the grid of the predefined network: one resolution for each layer."""
    graph = scale.built({"variant": "pooling"}).graph
    height = graph.nodes[0].shape.height
    grid = []
    for node in graph.nodes:
        if node.name.endswith("_r0_conv"):
            exponent = (height // node.shape.height).bit_length() - 1
            grid.append([float(place == exponent) for place in range(num_resolutions)])
    return grid


def plot_grids(study: Study, scale: Scale, rows: Sequence[Row], path: pathlib.Path) -> None:
    """Draws figure 3 from what was trained for table 1, if that learned any shares."""
    learned = [row for row in rows if row.table == 1 and ("variant", "learned") in row.options]
    if not learned:
        return
    whole = study.trained(dataclasses.replace(learned[0], threshold=None))
    grids = {row.name: share_grid(study.trained(row), whole, row.threshold) for row in learned}
    first = next(iter(grids.values()))
    grids = {"predefined pooling": pooling_grid(scale, len(first[0])), **grids}
    plots.plot_shares(grids, str(path))


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the study's flags."""
    flags.DEFINE_string("dataset", "cifar10", "data set", flag_values=flag_values)
    flags.DEFINE_string("data_dir", None, "folder with its files", flag_values=flag_values)
    flags.DEFINE_list("tables", ["1", "2", "3", "4"], "which tables", flag_values=flag_values)
    flags.DEFINE_list("rows", [], "only these rows (default: all)", flag_values=flag_values)
    flags.DEFINE_enum(
        "batch_norm",
        "shared",
        ["shared", "per_resolution"],
        "of blocks used at several resolutions",
        flag_values=flag_values,
    )
    for name, default, text in (
        ("epochs", 400, "passes over the training images"),
        ("batch_size", 128, "images in a step"),
        ("channel_divisor", 1, "divides all widths, for a smaller study"),
        ("max_depth", 20, "cuts deeper networks, for a smaller study"),
        ("limit_train_images", None, "train on so many images"),
        ("seed", 0, "of every run"),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=0, flag_values=flag_values)
    for name, default, text in (
        ("learning_rate", 0.1, "of SGD, as the recipe's; cosine to 0"),
        ("mixing_rate", 1e-4, "of Adam on the shares; the paper's"),
    ):
        flags.DEFINE_float(name, default, text, flag_values=flag_values)
    flags.DEFINE_string("output_dir", None, "folder for tables and figure", flag_values=flag_values)
    flags.DEFINE_bool("dry_run", False, "print the costs, train nothing", flag_values=flag_values)
    flags.DEFINE_bool(
        "smoke", False, f"one epoch on {SMOKE_IMAGES} images", flag_values=flag_values
    )


def train_config(flag_values: flags.FlagValues) -> TrainConfig:
    """Returns the settings of networks with learned shares."""
    return recipes.get("filter_size_bilevel").config(
        epochs=1 if flag_values.smoke else flag_values.epochs,
        batch_size=flag_values.batch_size,
        learning_rate=flag_values.learning_rate,
        mixing=MixingConfig(learning_rate=flag_values.mixing_rate),
    )


def chosen_rows(flag_values: flags.FlagValues) -> list[Row]:
    """Returns the rows of the tables asked for.

    Raises:
        ConfigError: there are none.
    """
    rows = [
        row
        for row in ROWS
        if str(row.table) in flag_values.tables
        and (not flag_values.rows or row.name in flag_values.rows)
    ]
    if not rows:
        names = sorted({row.name for row in ROWS})
        raise ConfigError(f"expected --tables of 1 to 4 and --rows of {names}, received none")
    return rows


def main(flag_values: flags.FlagValues) -> None:
    """Trains, prints the rows and writes them with the figure."""
    folder = training_flags.data_folder(flag_values)
    info = datasets.find_info(flag_values.dataset, folder)
    scale = Scale(
        flag_values.channel_divisor, flag_values.max_depth, flag_values.batch_norm,
        info.input_shape, info.num_classes,
    )  # fmt: skip
    rows = chosen_rows(flag_values)
    study = None
    if not flag_values.dry_run:
        dataset = datasets.load_dataset(flag_values.dataset, folder)
        # The paper divides all training images in two; nothing is chosen by validation.
        dataset = dataset.with_validation_in_training()
        if flag_values.limit_train_images:
            dataset = dataset.with_limited_training(flag_values.limit_train_images)
        if flag_values.smoke:
            dataset = dataset.with_limited_splits(SMOKE_IMAGES)
        study = Study(scale, dataset, train_config(flag_values), flag_values.seed)
    table = []
    for row in rows:
        table.append(table_row(row, scale, None if study is None else study.trained(row)))
        logging.info("%s", table[-1])
    print(output.render_table(table))
    if "4" in flag_values.tables:
        for name, (accuracy, params) in FABRICS.items():
            print(f"{name}: published {accuracy} %, {params} M parameters")
    if study is not None and flag_values.output_dir:
        folder = pathlib.Path(flag_values.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        with files.replacing(folder / "tables.json") as partial:
            text = json.dumps({"settings": flag_values.flag_values_dict(), "rows": table}, indent=2)
            pathlib.Path(partial).write_text(text, "utf-8")
        plot_grids(study, scale, rows, folder / "figure3.svg")


def run(argv: Sequence[str]) -> int:
    """Parses the flags and makes the study; returns the exit status."""
    flag_values = flags.FlagValues()
    define_flags(flag_values)
    logging.set_verbosity(logging.INFO)
    logging.use_absl_handler()
    try:
        flag_values(argv)
        main(flag_values)
    except (flags.Error, ConfigError) as error:
        print(f"{pathlib.Path(argv[0]).name}: error: {error}", file=sys.stderr)
        return 2
    except (DataError, SpecError, TrainingError, OSError) as error:
        print(f"{pathlib.Path(argv[0]).name}: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv))
