"""Multiply-accumulates as TensorFlow's own profiler counts them, to hold against `graph.cost`.

JAX has no such count: XLA's cost analysis gives one sum over all operations, element by element
ones included, and leaves out the products with padding.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nasbench_templates.measure import prediction

if TYPE_CHECKING:
    import keras

# The operations that multiply weights; all others (bias, batch norm, pooling) are no MACs.
_WEIGHTED = frozenset({"Conv2D", "DepthwiseConv2dNative", "MatMul"})

NO_PROFILER = (
    "profiler_macs is null: it needs TensorFlow; XLA's cost analysis, all that JAX has, is one sum "
    "over all operations and leaves out products with padding"
)


def profiler_macs(
    model: "keras.Model", input_shapes: Sequence[tuple[int, ...]] | None = None
) -> int | None:
    """Returns the MACs of one image in inference by TensorFlow's profiler; `None` on JAX.

    The profiler counts two operations, a product and a sum, for each multiply-accumulate of a
    convolution (also a depthwise one) or a matrix product; a grouped convolution it would count as
    an ungrouped one.

    Args:
        model: takes images `(batch, height, width, channels)`.
        input_shapes: of its inputs without the batch, where it leaves them open.

    Source: `tf.compat.v1.profiler`, option `float_operation`.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    shapes = input_shapes or [tensor.shape[1:] for tensor in model.inputs]
    specs = [
        tf.TensorSpec((1, *shape), tensor.dtype)
        for shape, tensor in zip(shapes, model.inputs, strict=True)
    ]
    images = specs[0] if len(specs) == 1 else keras.tree.pack_sequence_as(model.input, specs)
    compiled: Any = prediction.compile_prediction(model)  # a `tf.function` on this backend
    traced = compiled.get_concrete_function(images)
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    pending = [tf.compat.v1.profiler.profile(traced.graph, cmd="op", options=options)]
    operations = 0
    while pending:
        node = pending.pop()
        pending.extend(node.children)
        operations += node.float_ops if node.name in _WEIGHTED else 0
    return operations // 2
