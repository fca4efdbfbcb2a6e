"""The functions that people call from Python; users import them from `nasbench_templates`.

Each is a few lines on top of the rooms below; nothing here decides anything that a job does not.
What a function needs it imports itself, so that importing this module costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_templates.face_arguments import (
    ALL_TEMPLATES,
    as_design,
    check_names,
    config_of,
    data_request,
    known_network,
    on_data,
    record_sources,
)

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Sequence

    import keras

    from nasbench_templates.benchmark_records.opening import RecordTable
    from nasbench_templates.data.core.dataset import Dataset
    from nasbench_templates.design.design import Design
    from nasbench_templates.design.designs import Designs
    from nasbench_templates.design.settings import Budget, NetworkSettings
    from nasbench_templates.execution.evaluation import EvaluationRows
    from nasbench_templates.face_arguments import AnyNetwork
    from nasbench_templates.runs.run_result import RunResult
    from nasbench_templates.space.search_curves import RecordSearch


def network(
    model: str | None = None,
    *,
    cell: object = None,
    records: str | pathlib.Path | Sequence[str | pathlib.Path] = (),
    input_shape: tuple[int, int, int] | None = None,
    num_classes: int | None = None,
    **options: object,
) -> NetworkSettings:
    """Returns a network to match, build or train.

    Args:
        model: registered name (`nt.architectures`); with a cell `nasbench101` is meant. Or a Keras
            model: a `.keras` file, `"applications:ResNet50"` or `"module:function"`.
        cell: a registered cell's name, a module hash that `records` hold, `{"matrix": ..., "ops":
            ...}`, or anything with `matrix` and `ops`, such as a `ModelSpec` of NAS-Bench-101.
        records: files or folders of the benchmark, for a hash.
        input_shape: `(height, width, channels)`; by default 32 x 32 x 3, or a Keras model's own.
        num_classes: outputs; by default 10, or a Keras model's own.
        **options: the architecture's own, for example `stem_filters=16`.

    Raises:
        UnknownNameError: no such architecture or cell.
        ConfigError: neither a model nor a cell, or options that the architecture does not have.
        SpecError: a malformed cell, or a network that cannot be built.

    Example:
        >>> network(cell="resnet", stem_filters=16).name
        'nasbench101 resnet num_modules_per_stack=3 num_stacks=3 stem_filters=16'
    """
    from nasbench_templates.benchmark_records import asked_cells, cell_texts
    from nasbench_templates.design.settings import NetworkSettings
    from nasbench_templates.networks.named_cells import CELL_MODEL, with_skeleton
    from nasbench_templates.support.errors import ConfigError

    if model is None and cell is None:
        raise ConfigError("expected a model or a cell, received neither; see nt.architectures")
    if model is not None and not isinstance(model, str):
        raise ConfigError(
            f"expected the name of a model, received {type(model).__name__}; a Keras model is "
            "passed as it is, or as nt.from_keras(model)"
        )
    if cell is not None and model not in (None, CELL_MODEL):
        raise ConfigError(f"expected a model or a cell, received {model!r} and a cell")
    if isinstance(cell, str):
        found = cell_texts.resolve(cell, record_sources(records))
        options = {**with_skeleton(options, found.skeleton), "cell": found.cell}
    elif cell is not None:
        options["cell"] = asked_cells.cell_of(cell)  # type: ignore[arg-type]  # others are refused
    settings = NetworkSettings(
        model or CELL_MODEL,
        input_shape,  # type: ignore[arg-type]  # `None` is filled in there
        num_classes,  # type: ignore[arg-type]
        options,
    )
    settings.build()
    return settings


def match(
    network: AnyNetwork,
    templates: str | Sequence[str] = ALL_TEMPLATES,
    **matching: Any,
) -> Designs:
    """Returns a network under templates that cost what its base costs, in their order.

    Args:
        network: a registered name for 32 x 32 colour images in ten classes, what `network`
            returned, an architecture, or a Keras model (itself, its file or its constructor).
        templates: names (`nt.templates`), or `"base"` for the published widths; `"bc"` is b and c.
        **matching: fields of `MatchSettings`, for example `match_on="macs"` or `budget="0.5x"`.

    Raises:
        UnknownNameError: an unknown architecture or template.
        ConfigError: settings that there are not.
        SpecError: a template that needs more slots, or widths too small for the network.
        BudgetError: a budget below the smallest network of a template.

    Example:
        >>> base, flat = match("vgg19", ["base", "b"])
        >>> flat.peak, flat.cost.params < base.cost.params / 6
        (152, True)
    """
    from nasbench_templates.design import planning
    from nasbench_templates.design.designs import Designs
    from nasbench_templates.design.settings import MatchSettings

    check_names(MatchSettings, matching)
    chosen = known_network(network, matching.get("divisor", 1))
    return Designs(planning.plan(chosen, templates, MatchSettings(**matching)))


def build(design: Design | AnyNetwork, seed: int = 0) -> keras.Model:
    """Returns a plain `keras.Model` from images `(batch, height, width, channels)` to logits.

    Its weights are new: every kernel is drawn for itself. Compile, fit and save it like any other.

    Args:
        design: of `match`; or a network, which is built with its published widths.
        seed: decides the weights; at least 0.
    """
    from nasbench_templates.keras_io.design_model import build_model

    return build_model(as_design(design), seed)


def train(
    design: Design | AnyNetwork,
    dataset: str,
    *,
    output_dir: str | pathlib.Path,
    data_dir: str | pathlib.Path | None = None,
    recipe: str = "auto",
    epochs: int | None = None,
    seed: int = 0,
    **settings: Any,
) -> RunResult:
    """Trains one network, or resumes, or reads back what has finished; returns its result.

    The run's folder is the one that the job `train` makes: metrics, the result and `model.keras`.

    Args:
        design: of `match`; or a network, which is trained with its published widths.
        dataset: a registered name, or any name of a set of your own in `data_dir`.
        output_dir: the run's folder.
        data_dir: with the data set's files; with a folder nothing is downloaded.
        recipe: registered name (`nasbench-templates list recipes`).
        epochs: `None`: the recipe's.
        seed: decides weights, order and augmentation.
        **settings: fields of `TrainConfig` that replace the recipe's.

    Raises:
        ConfigError: settings that no run can have, or a folder that holds another run.
        DataError: the data set is not whole or damaged.
        TrainingError: the loss is not finite, or the run was stopped.
    """
    import pathlib

    from nasbench_templates.execution import engine
    from nasbench_templates.runs.context import Context
    from nasbench_templates.runs.run_result import RunResult
    from nasbench_templates.runs.spec import RunSpec
    from nasbench_templates.runs.task import Task
    from nasbench_templates.support.errors import TrainingError

    data = data_request(dataset, data_dir)
    config = config_of(data, recipe, epochs, settings)
    chosen = as_design(design, data)
    task = Task(RunSpec(chosen, data, config, seed), pathlib.Path(output_dir))
    # As the job does, a run that another process trains is refused rather than waited for.
    (outcome,) = engine.carry_out([task], Context(is_held_refused=True))
    if not outcome.is_finished:
        raise TrainingError(f"{output_dir}: {outcome.reason}")
    return RunResult(outcome.result or {})


def evaluate(
    network: AnyNetwork,
    templates: str | Sequence[str] = ALL_TEMPLATES,
    dataset: str = "digits",
    *,
    output_dir: str | pathlib.Path,
    data_dir: str | pathlib.Path | None = None,
    recipe: str = "auto",
    epochs: int | None = None,
    seeds: int | Sequence[int] = (0,),
    workers: int = 1,
    budget: Budget | str | float = "1x",
    **settings: Any,
) -> EvaluationRows:
    """Trains and measures a network under templates; returns a row for each.

    What has finished before is read back, what was interrupted goes on.

    Args:
        network: a registered name, what `network` returned, an architecture, or a Keras model; the
            data set decides its input and classes unless it is an architecture or a model.
        templates: as of `match`.
        dataset: a registered name, or any name of a set of your own in `data_dir`.
        output_dir: for the runs.
        data_dir: with the data set's files.
        recipe: registered name.
        epochs: `None`: the recipe's.
        seeds: one run for each; or one seed.
        workers: processes that train at the same time; above 1 a script needs
            `if __name__ == "__main__":` around the call, as for `multiprocessing`.
        budget: of the templates, of the base's own cost.
        **settings: fields of `TrainConfig` that replace the recipe's.

    Raises:
        ConfigError: settings that no run can have.
        DataError: the data set is not whole or damaged.
    """
    import pathlib

    from nasbench_templates.design import planning
    from nasbench_templates.design.settings import Budget, MatchSettings
    from nasbench_templates.execution import evaluation
    from nasbench_templates.support.errors import ConfigError
    from nasbench_templates.support.frozen import frozen

    data = data_request(dataset, data_dir)
    config = config_of(data, recipe, epochs, settings)
    given = frozen(seeds)
    seeds = (given,) if isinstance(given, int) else tuple(given)
    if not seeds or workers < 1:
        raise ConfigError(f"expected a seed and a worker at least, received {seeds} and {workers}")
    chosen = on_data(network, data)
    designs = planning.plan(chosen, templates, MatchSettings(budget=Budget.parse(budget)))
    label = designs[0].label if designs else "network"
    kept = evaluation.EvaluationSettings(label, data, config, seeds, pathlib.Path(output_dir))
    return evaluation.evaluate(kept, designs, workers=workers)


def records(path: str | pathlib.Path) -> RecordTable:
    """Returns the benchmark's records in a file or folder, converted once to a store beside it.

    They have `get`, `get_many`, `select` and `to_pandas`; see docs/records.md.

    Args:
        path: the published TFRecord table, an extract, or a store of `import_records`.

    Raises:
        RecordError: it does not exist or is damaged.
    """
    from nasbench_templates.benchmark_records import opening

    return opening.open_table(path)


def search_records(
    path: str | pathlib.Path,
    strategies: str | Sequence[str] = ("random", "evolution", "local"),
    *,
    epochs: int = 108,
    minimize: str = "accuracy",
    templates: str | Sequence[str] = ("base",),
    least_accuracy: float | None = None,
    plot: str | pathlib.Path | None = None,
    **settings: Any,
) -> RecordSearch:
    """Returns what search strategies find on benchmark records, by the notebook's protocol.

    Its `to_pandas()` has mean, median and quartiles of the regret over simulated time,
    `summaries()` the end of it and what a run did; see docs/search_records.md.

    Args:
        path: as of `records`.
        strategies: names.
        epochs: budget of the records' runs.
        minimize: `"accuracy"` looks for the highest accuracy; `"trainable_params"` and `"macs"` for
            the lowest cost of a cell under a template.
        templates: with a cost, those that are searched, as of `match`.
        least_accuracy: with a cost, what the cell's own record has to reach, 0..1.
        plot: file for a picture of the curves.
        **settings: fields of `SearchSettings`, for example `runs=100` or `charges_repeats=False`.

    Raises:
        RecordError: no such records, or none that can be searched.
        ConfigError: settings that there are not.

    Example:
        >>> search_records("nasbench_only108.tfrecord", "evolution").to_pandas()  # doctest: +SKIP
    """
    from nasbench_templates.benchmark_records import conversion
    from nasbench_templates.design import planning
    from nasbench_templates.report import plots, search_plots
    from nasbench_templates.space import search_curves, search_objective, search_table
    from nasbench_templates.space.record_search import SearchSettings

    check_names(SearchSettings, settings)
    if plot is not None:
        plots.check_format(str(plot))
    table = search_table.read_table(conversion.open_records(path), epochs)
    searched = planning.split_names(templates)
    objective = search_objective.make_objective(table, minimize, searched, least_accuracy)
    names = [strategies] if isinstance(strategies, str) else strategies
    found = search_curves.compare_strategies(objective, table, names, SearchSettings(**settings))
    if plot is not None:
        search_plots.plot_regret(found.curves(), found.unit, found.description, str(plot))
    return found


def load_dataset(
    name: str, data_dir: str | pathlib.Path | None = None, image_size: int | None = None
) -> Dataset:
    """Returns a data set with its fixed splits; see `data.loading.load_dataset`.

    Args:
        name: a registered name, or any name of a set of your own in `data_dir`.
        data_dir: with the files; with a folder nothing is downloaded.
        image_size: height and width in pixels, for sets whose images may be resized.

    Raises:
        UnknownNameError: the name is not registered and the folder holds no such set.
        ConfigError: an image size that the set does not have.
        DataError: files are missing or damaged.
    """
    from nasbench_templates.data import loading

    return loading.load_dataset(name, data_dir, image_size)
