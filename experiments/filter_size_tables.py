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

from absl import app, flags, logging

from nasbench_templates.analysis import plots
from nasbench_templates.arch import architecture, mixing, pruning
from nasbench_templates.arch.cost import CostModel
from nasbench_templates.arch.graph import LayerGraph
from nasbench_templates.data import dataset as datasets
from nasbench_templates.jobs import output
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
class Row:
    """One row of a published table.

    Attributes:
        table: its number.
        name: of the row.
        options: of the architecture `multires`.
        threshold: shares below it are pruned after training and the rest is fine-tuned; with 1 the
            largest one stays and the network is trained from new weights; `None`: no pruning.
        accuracy: published, in %.
        gops: published cost in 10^9 operations, `None` where the table prints none.
    """

    table: int
    name: str
    options: tuple[tuple[str, object], ...]
    threshold: float | None = None
    accuracy: float | None = None
    gops: float | None = None


def _row(table: int, name: str, accuracy: float, gops: float | None = None, **settings) -> Row:
    threshold = settings.pop("threshold", None)
    return Row(table, name, tuple(sorted(settings.items())), threshold, accuracy, gops)


VARIANTS = {
    "no pooling": "no_pooling",
    "predefined pooling": "pooling",
    "scale invariant": "scale_invariant",
    "learned": "learned",
}
TABLE_2 = {
    "no pooling": (71.8, 82.8, 87.3),
    "scale invariant": (78.2, 84.0, 89.2),
    "predefined pooling": (83.3, 89.0, 90.0),
    "learned": (83.9, 89.9, 92.5),
}
ROWS = (
    _row(1, "no pooling", 87.3, 0.31, variant="no_pooling"),
    _row(1, "predefined pooling", 90.0, 0.26, variant="pooling"),
    _row(1, "scale invariant", 89.2, 0.41, variant="scale_invariant"),
    _row(1, "learned", 92.5, 0.41, variant="learned"),
    _row(1, "learned, threshold 0.1", 92.5, 0.29, variant="learned", threshold=0.1),
    _row(1, "learned, threshold 0.2", 92.3, 0.27, variant="learned", threshold=0.2),
    _row(1, "learned, one resolution", 91.1, 0.26, variant="learned", threshold=1.0),
    *(
        _row(2, f"{name}, C={channels}", accuracy, variant=VARIANTS[name], channels=channels)
        for name, accuracies in TABLE_2.items()
        for channels, accuracy in zip((16, 32, 64), accuracies, strict=True)
    ),
    *(
        _row(3, f"D={depth}{name}", accuracy, variant="learned", depth=depth, learn_depth=learned)
        for depth, learned, name, accuracy in (
            (10, False, "", 92.5),
            (10, True, ", learned depth (8)", 92.0),
            (20, False, "", 92.9),
            (20, True, ", learned depth (9)", 91.5),
        )
    ),
    _row(4, "conv, C=64, D=10", 92.5, 0.41, variant="learned"),
    _row(4, "conv, C=128, D=8", 91.2, 1.23, variant="learned", channels=128, depth=8),
    _row(4, "Eff-Conv, C=128, D=8", 93.0, 1.69, variant="learned", channels=128, depth=8,
         block="eff_conv"),
)  # fmt: skip
# Saxena and Verbeek's networks as table 4 prints them: accuracy in %, millions of parameters.
FABRICS = {"FabricNet sparse 64/16": (81.11, 2.0), "FabricNet full 128/8": (92.57, 21.2)}


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


def plot_grids(study: Study, scale: Scale, path: pathlib.Path) -> None:
    """Draws figure 3 from what table 1 trained."""
    rows = [row for row in ROWS if row.table == 1 and dict(row.options)["variant"] == "learned"]
    whole = study.trained(rows[0])
    grids = {row.name: share_grid(study.trained(row), whole, row.threshold) for row in rows}
    first = next(iter(grids.values()))
    grids = {"predefined pooling": pooling_grid(scale, len(first[0])), **grids}
    plots.plot_shares(grids, str(path))


def define_flags(flag_values: flags.FlagValues) -> None:
    """Defines the study's flags."""
    flags.DEFINE_string("dataset", "cifar10", "data set", flag_values=flag_values)
    flags.DEFINE_string("data_dir", None, "folder with its files", flag_values=flag_values)
    flags.DEFINE_list("tables", ["1", "2", "3", "4"], "which tables", flag_values=flag_values)
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


def main(flag_values: flags.FlagValues) -> None:
    """Trains, prints the rows and writes them with the figure."""
    info = datasets.find_info(flag_values.dataset, flag_values.data_dir)
    scale = Scale(
        flag_values.channel_divisor, flag_values.max_depth, flag_values.batch_norm,
        info.input_shape, info.num_classes,
    )  # fmt: skip
    rows = [row for row in ROWS if str(row.table) in flag_values.tables]
    study = None
    if not flag_values.dry_run:
        dataset = datasets.load_dataset(flag_values.dataset, flag_values.data_dir)
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
        if "1" in flag_values.tables:
            plot_grids(study, scale, folder / "figure3.svg")


if __name__ == "__main__":
    own_flags = flags.FlagValues()
    define_flags(own_flags)
    own_flags(sys.argv)
    logging.set_verbosity(logging.INFO)
    app.run(lambda _: main(own_flags), argv=sys.argv[:1])
