"""A design as a plain Keras model, ready to compile, fit and save.

(flat,) = plan("vgg19", ["b"])
model = build_model(flat, seed=0)
"""

import keras

from nasbench_templates.design.design import Design
from nasbench_templates.keras_io import keras_builder
from nasbench_templates.support.errors import check_seed


def build_model(design: Design, seed: int = 0) -> keras.Model:
    """Returns the network of a design with new weights.

    It maps images `(batch, height, width, channels)` to logits `(batch, classes)`, and is called
    like the network and its template.

    Args:
        design: the network under its widths.
        seed: decides the weights, each layer's its own; at least 0.

    Raises:
        ConfigError: a seed below 0.
        SpecError: the widths do not fit the graph.
    """
    check_seed(seed)
    graph = design.architecture.graph
    model = keras_builder.build_keras(graph, design.filters, name=design.label)
    keras_builder.initialize(model, graph, seed)
    return model
