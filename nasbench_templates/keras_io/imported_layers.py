"""Imported operations as Keras layers again: their own configuration, with other widths.

Names, initialisers, regularisers, precision and classes are those of the imported network.
"""

import inspect
import json
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from nasbench_templates.graph import imported, widths
from nasbench_templates.keras_io import class_names
from nasbench_templates.keras_io.importing.structures import TUPLE, Json, restored
from nasbench_templates.keras_io.placement import Lowering, Placement
from nasbench_templates.support.errors import SpecError, describe

Tensors = Sequence[keras.KerasTensor]


def configured(
    text: str, resized: Sequence[tuple[imported.Path, widths.Width]], filters: Sequence[int]
) -> dict[str, Json]:
    """Returns a configuration with its widths replaced.

    Args:
        text: the configuration, JSON.
        resized: the entries that are widths.
        filters: one width for every slot.
    """
    config = json.loads(text)
    for path, width in resized:
        entry = config
        for key in path[:-1]:
            entry = entry[key]
        entry[path[-1]] = widths.value(width, filters)
    return config


def _operation(layer: imported.Imported, place: Placement) -> keras.Operation:
    config = configured(layer.config, layer.resized, place.filters)
    changes: dict[str, Any] = {}
    if place.replaces_dtype:
        changes["dtype"] = keras.saving.serialize_keras_object(place.dtype)
    if layer.operation.endswith(":BatchNormalization"):
        if place.batch_norm_momentum is not None:
            changes["momentum"] = place.batch_norm_momentum
        if place.synchronized_batch_norm:
            changes["synchronized"] = True
    config.update({key: value for key, value in changes.items() if key in config})
    made = _made(layer.operation, config, place.name)
    if "name" not in config:
        # A class without `get_config` of its own tells no name, and would get another one.
        made.name = place.name.rpartition("/")[2]
    return made


def _made(kind: str, config: dict[str, Json], name: str) -> keras.Operation:
    if kind.endswith(":Lambda") and "__lambda__" in json.dumps(config):
        raise SpecError(
            f"{name}: a Lambda of an unnamed function can be counted, not built anew; name the "
            "function and register it (keras.saving.register_keras_serializable)"
        )
    try:
        return class_names.class_of(kind).from_config(config)
    except Exception as error:  # a user's class may raise anything
        raise SpecError(
            f"{name}: {kind} cannot be made from its configuration, {type(error).__name__}: "
            f"{describe(error)}"
        ) from error


def _entrance(layer: imported.Entrance, place: Placement) -> keras.layers.InputLayer:
    config = configured(layer.config, layer.resized, place.filters)
    return keras.layers.InputLayer.from_config(config)


def _assembly(layer: imported.Assembly, place: Placement) -> keras.Model:
    outputs, inputs, _ = _divided(layer, place.inputs)
    config = json.loads(layer.config)
    kind = class_names.class_of(layer.operation)
    if issubclass(kind, keras.Sequential):
        return _sequential(kind, config, outputs, inputs)
    names = inspect.signature(kind.__init__).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in names.values())
    if not takes_any and not {"inputs", "outputs"} <= set(names):
        # A subclass with a constructor of its own would build another network.
        kind, config = keras.Model, {"name": config["name"]}
    return kind(
        inputs=_structured(json.loads(layer.entrances), inputs),
        outputs=_structured(json.loads(layer.results), outputs),
        **config,
    )


# A part needs none: it is taken from the tuple of an operation's results.
LOWERINGS: dict[type, Lowering] = {
    imported.Imported: _operation,
    imported.Entrance: _entrance,
    imported.Assembly: _assembly,
}


def called(
    keras_layer: keras.Operation,
    layer: imported.Imported | imported.Entrance | imported.Assembly,
    inputs: Tensors,
) -> "keras.KerasTensor | tuple[keras.KerasTensor, ...] | keras.Model":
    """Returns the result of a layer's call, or its several results; of the outermost model itself.

    Args:
        keras_layer: what was lowered.
        layer: its primitive.
        inputs: what its node reads.
    """
    if isinstance(layer, imported.Entrance):
        return keras_layer.output
    call = layer.call
    if call is None:
        return keras_layer
    if isinstance(layer, imported.Assembly):
        *_, inputs = _divided(layer, inputs)
    positional, named = restored(json.loads(call), inputs)
    results = tuple(keras.tree.flatten(keras_layer(*positional, **named)))
    if isinstance(layer, imported.Imported) and layer.state:
        _set_state(keras_layer, [np.array(array) for array in json.loads(layer.state)])
    return results[0] if len(results) == 1 else results


def _set_state(layer: keras.layers.Normalization, arrays: Sequence[np.ndarray]) -> None:
    layer.set_weights(arrays)
    layer.finalize_state()


def _sequential(
    kind: type[keras.Sequential], config: dict[str, Json], outputs: Tensors, inputs: Tensors
) -> keras.Sequential:
    chain = keras.Model(inputs[0], outputs[0])
    layers = [chain.get_layer(name) for name in config["layers"]]
    return kind([inputs[0], *layers], trainable=config["trainable"], name=config["name"])


def _divided(layer: imported.Assembly, inputs: Tensors) -> tuple[Tensors, Tensors, Tensors]:
    first, second = (
        _number_of_leaves(json.loads(text)) for text in (layer.results, layer.entrances)
    )
    return inputs[:first], inputs[first : first + second], inputs[first + second :]


def _structured(structure: Json, tensors: Tensors) -> object:
    match structure:
        case int():
            return tensors[structure]
        case {"class_name": "__tuple__", "config": {"value": items}}:
            return tuple(_structured(each, tensors) for each in items)
        case dict():
            return {key: _structured(each, tensors) for key, each in structure.items()}
        case _:
            return [_structured(each, tensors) for each in structure]


def _number_of_leaves(structure: Json) -> int:
    match structure:
        case int():
            return 1
        case {"class_name": name, "config": {"value": items}} if name == TUPLE:
            return sum(map(_number_of_leaves, items))
        case dict():
            return sum(map(_number_of_leaves, structure.values()))
        case _:
            return sum(map(_number_of_leaves, structure))


def initialize(model: keras.Model, seed: int) -> None:
    """Sets the weights of an imported model to new ones; initialisers with a seed keep it.

    What preprocessing layers have adapted to the data stays. What dropout and its like draw starts
    anew, from the seed too.

    Args:
        model: what was assembled.
        seed: of all other initialisers, each with one of its own.
    """
    config = model.get_config()
    generators = [each for each in model.variables if each.name == _GENERATOR_STATE]
    initializers = list(_unseeded(config))
    count = len(initializers) + len(generators)
    words = np.random.SeedSequence(seed).generate_state(count).tolist()
    for initializer, word in zip(initializers, words, strict=False):
        initializer["seed"] = word
    layers = list(_all_layers(model))
    adapted = [each for each in layers if isinstance(each, keras.layers.Normalization)]
    kept = [(each, each.get_weights()) for each in adapted if each.weights]
    classes = {type(layer).__name__: type(layer) for layer in layers}
    fresh = type(model).from_config(config, custom_objects=classes)
    model.set_weights(fresh.get_weights())
    for layer, arrays in kept:
        _set_state(layer, arrays)
    for generator, word in zip(generators, words[len(initializers) :], strict=True):
        generator.assign(np.array([word, 0], generator.dtype))


# What Keras calls the state of a layer's random generator.
_GENERATOR_STATE = "seed_generator_state"


def _unseeded(value: Json) -> Iterator[dict[str, Json]]:
    """Yields the configurations of initialisers that have no seed."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in items:
        if str(key).endswith("initializer") and isinstance(entry, dict):
            if entry.get("config", {}).get("seed", 0) is None:
                yield entry["config"]
        elif isinstance(entry, dict | list):
            yield from _unseeded(entry)


def _all_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)
