"""The two ends of an imported network: images that it scales itself, probabilities that it returns.

Training here normalises images and takes logits. A network that scales its images gets the pixels
as they are, and a softmax or sigmoid at the end is left out.
"""

from collections.abc import Sequence

import keras

from nasbench_templates.keras_io.importing.reading import Call, Result
from nasbench_templates.keras_io.importing.structures import INPUT
from nasbench_templates.keras_io.importing.tracing import Trace

_SCALING = ("Rescaling", "Normalization")
# Arithmetic with a number in place of such a layer: `images / 127.5 - 1`.
_SCALING_OPERATIONS = ("Add", "Subtract", "Multiply", "Divide", "TrueDivide")
_PROBABILITIES = ("softmax", "sigmoid")
_PROBABILITY_OPERATIONS = ("Softmax", "Sigmoid")


def takes_pixels(traced: Trace) -> bool:
    """Returns whether a network scales its images before the first layer that has weights to train.

    Args:
        traced: the network.
    """
    raw: set[Result] = set()
    for place, step in enumerate(traced.steps):
        call = step.call
        results = [Result(place, index) for index in range(len(step.outputs))]
        if call.is_entrance and not call.inputs:
            raw.update(results)
            continue
        if step.site is None:
            # A model within it, or its input: the tensors themselves.
            raw.update(
                result
                for result, source in zip(results, call.inputs, strict=False)
                if source in raw
            )
            continue
        if not any(source in raw for source in call.inputs):
            continue
        if _scales(call):
            return True
        if not any(weight.is_trainable for weight in step.site.weights):
            raw.update(results)
    return False


def _scales(call: Call) -> bool:
    kinds = [kind.__name__ for kind in type(call.operation).__mro__]
    if isinstance(call.operation, keras.layers.Layer):
        return any(kind in _SCALING for kind in kinds)
    return len(call.inputs) == 1 and kinds[0] in _SCALING_OPERATIONS


def leave_out_probabilities(calls: Sequence[Call]) -> None:
    """Changes the calls so that the network returns logits.

    Args:
        calls: from `reading.read`, traced.
    """
    outermost = calls[-1]
    for result in outermost.inputs[: len(outermost.outputs)]:
        _make_linear(calls, result)


def open_batch(calls: Sequence[Call]) -> None:
    """Changes the calls so that the network takes batches of any size.

    Args:
        calls: from `reading.read`.
    """
    for call in calls:
        if call.is_entrance and not call.inputs and "batch_shape" in call.config:
            call.config = {**call.config, "batch_shape": [None, *call.config["batch_shape"][1:]]}


def _make_linear(calls: Sequence[Call], result: Result) -> None:
    call = calls[result.call]
    if call.structures is not None:
        _make_linear(calls, call.inputs[result.index])
    elif call.config.get("activation") in _PROBABILITIES:
        call.config["activation"] = "linear"
    elif type(call.operation).__name__ in _PROBABILITY_OPERATIONS and len(call.inputs) == 1:
        policy = getattr(call.operation, "dtype_policy", None)
        identity = keras.layers.Activation("linear", name=call.operation.name, dtype=policy)
        call.operation, call.config = identity, identity.get_config()
        call.arguments = {"args": [{"class_name": INPUT, "config": 0}], "kwargs": {}}
