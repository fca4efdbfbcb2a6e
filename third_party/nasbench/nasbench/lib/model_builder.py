"""Networks of cells as Keras models, through the builder of nasbench_templates."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nasbench.lib.model_spec import ModelSpec
from nasbench_templates.networks import architecture, cells

if TYPE_CHECKING:
    import keras

    from nasbench_templates.networks.architecture import Architecture

_IMAGE = (32, 32, 3)


def compute_vertex_channels(
    input_channels: int, output_channels: int, matrix: np.ndarray
) -> list[int]:
    """Returns the channels of every vertex of a pruned cell.

    Raises:
        ValueError: too few output channels for the branches.

    Source: docs/nasbench101.md, section 5.
    """
    rows = tuple(map(tuple, np.asarray(matrix).astype(int).tolist()))
    return list(cells.vertex_channels(rows, int(input_channels), int(output_channels)))


def network_of(
    spec: ModelSpec, config: Mapping[str, object], image_shape: Sequence[int] = _IMAGE
) -> "Architecture":
    """Returns the network around a cell as nasbench_templates describes it.

    Args:
        spec: a valid cell.
        config: of `config.build_config()`; sizes of the skeleton and number of labels.
        image_shape: `(height, width, channels)`.

    Raises:
        ValueError: a data format other than channels_last, or an invalid cell.
    """
    for data_format in (spec.data_format, config["data_format"]):
        if data_format != "channels_last":
            raise ValueError(f"invalid data_format: expected channels_last, received {data_format}")
    if not spec.valid_spec:
        raise ValueError("expected a valid cell to build, the graph is disconnected")
    options = {
        "cell": spec,
        "stem_filters": config["stem_filter_size"],
        "num_stacks": config["num_stacks"],
        "num_modules_per_stack": config["num_modules_per_stack"],
    }
    return architecture.build("nasbench101", tuple(image_shape), config["num_labels"], options)


def build_model(
    spec: ModelSpec, config: Mapping[str, object], image_shape: Sequence[int] = _IMAGE
) -> "keras.Model":
    """Returns an untrained Keras model of a cell's network.

    It maps normalised images `(batch, height, width, channels)` to logits `(batch, labels)`.

    Args:
        spec: a valid cell.
        config: of `config.build_config()`.
        image_shape: `(height, width, channels)`.

    Raises:
        ValueError: as `network_of`.
    """
    from nasbench_templates.keras_io import keras_builder

    network = network_of(spec, config, image_shape)
    return keras_builder.build_keras(network.graph, network.base_filters)
