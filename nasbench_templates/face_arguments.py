"""What the functions of the face do with their arguments alike; they are imported from `face`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    import keras

    from nasbench_templates.design.design import Design
    from nasbench_templates.design.settings import NetworkSettings
    from nasbench_templates.networks.architecture import Architecture
    from nasbench_templates.networks.cells import CellLike
    from nasbench_templates.runs.data_request import DataRequest
    from nasbench_templates.training.config import TrainConfig

    # A network by name, settings or architecture, a cell, or a Keras model.
    AnyNetwork: TypeAlias = (
        str | NetworkSettings | Architecture | Mapping[str, Any] | CellLike | keras.Model
    )

ALL_TEMPLATES = ("base", "a", "b", "c", "d", "e")


def config_of(
    data: DataRequest, recipe: str, epochs: int | None, settings: Mapping[str, Any]
) -> TrainConfig:
    """Returns a recipe's settings with those that are given in their place.

    Raises:
        ConfigError: settings that there are not, or that no run can have.
    """
    from nasbench_templates.runs import batch_sizes
    from nasbench_templates.support.frozen import frozen
    from nasbench_templates.training.config import TrainConfig

    check_names(TrainConfig, settings)
    plain = {name: frozen(value) for name, value in settings.items()}
    return batch_sizes.config_on(data.find(), recipe, frozen(epochs), plain)


def check_names(settings: type, given: Mapping[str, object]) -> None:
    """Checks that a dataclass has the fields that are given.

    Raises:
        ConfigError: it has not.
    """
    import dataclasses

    from nasbench_templates.support.errors import ConfigError

    known = [field.name for field in dataclasses.fields(settings)]
    unknown = [name for name in given if name not in known]
    if unknown:
        import difflib  # only needed to word this error

        close = [each for name in unknown for each in difflib.get_close_matches(name, known, n=2)]
        hint = f"; did you mean {', '.join(close)}" if close else ""
        raise ConfigError(
            f"expected settings of {', '.join(known)}, received {', '.join(unknown)}{hint}"
        )


def record_sources(
    records: str | pathlib.Path | Sequence[str | pathlib.Path],
) -> tuple[str, ...]:
    """Returns the paths of one source of records or of several."""
    import os

    return (str(records),) if isinstance(records, str | os.PathLike) else tuple(map(str, records))


def as_design(design: Design | AnyNetwork, data: DataRequest | None = None) -> Design:
    """Returns a design as it is, and a network with its published widths."""
    from nasbench_templates.design import planning
    from nasbench_templates.design.design import Design
    from nasbench_templates.design.designs import Designs
    from nasbench_templates.support.errors import ConfigError

    if isinstance(design, Design):
        return design
    if isinstance(design, Designs):
        names = ", ".join(f'["{each.template}"]' for each in design)
        raise ConfigError(f"expected one design, received {len(design)}: choose one by {names}")
    return planning.plan(
        known_network(design) if data is None else on_data(design, data), ["base"]
    )[0]


def data_request(dataset: str, data_dir: str | pathlib.Path | None) -> DataRequest:
    """Returns a request for a data set by its name.

    Raises:
        ConfigError: no name.
    """
    from nasbench_templates.runs.data_request import DataRequest
    from nasbench_templates.support.errors import ConfigError

    if not isinstance(dataset, str):
        raise ConfigError(
            f"expected the name of a data set, received {type(dataset).__name__}; arrays train "
            "with what nt.build returns: compile and fit it"
        )
    return DataRequest(dataset, None if data_dir is None else str(data_dir))


def on_data(network: AnyNetwork, data: DataRequest) -> str | NetworkSettings | Architecture:
    """Returns a network for the images and classes of a data set."""
    import dataclasses

    from nasbench_templates.design.settings import NetworkSettings
    from nasbench_templates.networks.architecture import Architecture

    network = known_network(network)
    if isinstance(network, Architecture):
        return network
    info = data.find()
    if isinstance(network, str):
        return NetworkSettings(network, info.input_shape, info.num_classes)
    return dataclasses.replace(network, input_shape=info.input_shape, num_classes=info.num_classes)


def known_network(network: AnyNetwork, divisor: int = 1) -> str | NetworkSettings | Architecture:
    """Returns a network of ours as it is, that of a cell, and a Keras model as an architecture."""
    from collections.abc import Mapping

    from nasbench_templates.benchmark_records import asked_cells
    from nasbench_templates.design.settings import NetworkSettings
    from nasbench_templates.networks.architecture import (
        DEFAULT_CLASSES,
        DEFAULT_SHAPE,
        Architecture,
    )
    from nasbench_templates.networks.named_cells import CELL_MODEL

    if isinstance(network, str | NetworkSettings | Architecture):
        return network
    if isinstance(network, Mapping) or (hasattr(network, "matrix") and hasattr(network, "ops")):
        options = {"cell": asked_cells.cell_of(network)}
        return NetworkSettings(CELL_MODEL, DEFAULT_SHAPE, DEFAULT_CLASSES, options)
    from nasbench_templates.keras_io import api

    return api.from_keras(network, divisor=divisor)
