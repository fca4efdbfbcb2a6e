"""A Keras model as a list of calls: its configuration, nested models opened, with actual shapes.

The configuration is what a `.keras` file holds, so nothing here depends on how Keras stores graphs
in memory. Shapes are computed anew, because a model within another one may have been written for
maps of any size.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import keras

from nasbench_templates.keras_io.importing import structures
from nasbench_templates.keras_io.importing.structures import Json
from nasbench_templates.support.errors import SpecError


class Result(NamedTuple):
    """One result of a call: the call's position and which of its results."""

    call: int
    # Which hides the tuple's method of this name, that nobody asks for.
    index: int = 0  # type: ignore[assignment]


@dataclass(slots=True)
class Call:
    """One call of an operation, of an input or of a whole model.

    Attributes:
        layer: name of what is called, with the models around it: `backbone/conv1`.
        operation: what is called.
        config: its configuration; of a model, without layers.
        arguments: of the call, with the numbers of `inputs` in place of tensors.
        inputs: the tensors that it reads; of a model its outputs, its inputs, then the arguments.
        outputs: symbolic results.
        owner: position of the first call of the same operation; `None` for the first.
        structures: of a model, the structures of its outputs and inputs, as `arguments`.
        is_outermost: whether it is the model that was read.
    """

    layer: str
    operation: keras.Operation
    config: dict[str, Json]
    arguments: Json
    inputs: tuple[Result, ...]
    outputs: tuple[keras.KerasTensor, ...]
    owner: int | None = None
    structures: tuple[Json, Json] | None = None
    is_outermost: bool = False

    @property
    def is_entrance(self) -> bool:
        """Whether it is an input."""
        return isinstance(self.operation, keras.layers.InputLayer)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the results without the batch."""
        return tuple(tuple(each.shape[1:]) for each in self.outputs)


def read(model: keras.Model, input_shapes: Sequence[tuple[int, ...]] | None) -> list[Call]:
    """Returns the calls of a model in order of execution, its own one last.

    Args:
        model: functional or Sequential, built.
        input_shapes: without the batch, in the order of `model.inputs`; needed where the model
            leaves them open.

    Raises:
        SpecError: a model without a graph, an open size, channels first, or a layer that cannot
            compute its output's shape.
    """
    reader = _Reader()
    tensors = []
    for place, tensor in enumerate(model.inputs):
        shape = tuple(tensor.shape[1:])
        if input_shapes is not None:
            shape = _filled(model, shape, input_shapes, place)
        if None in shape:
            raise SpecError(
                f"{model.name}: expected an input of known size, received {shape}; "
                "say input_shape=, for example 224,224,3"
            )
        tensors.append(keras.KerasTensor((None, *shape), dtype=tensor.dtype, name=tensor.name))
    reader.model(model, tensors, None, "")
    reader.calls[-1].is_outermost = True
    return reader.calls


def _filled(
    model: keras.Model,
    shape: tuple[int | None, ...],
    given: Sequence[tuple[int, ...]],
    place: int,
) -> tuple[int, ...]:
    wanted = given[place] if place < len(given) else ()
    fits = len(given) == len(model.inputs) and len(wanted) == len(shape)
    if not fits or any(old not in (None, new) for old, new in zip(shape, wanted, strict=True)):
        raise SpecError(
            f"{model.name}: expected an input_shape that fits "
            f"{[tuple(each.shape[1:]) for each in model.inputs]}, received {list(given)}"
        )
    return wanted


def check_graph(model: keras.Model) -> None:
    """Checks that a model which is not Sequential is a functional one.

    Raises:
        SpecError: a subclassed model without a graph.
    """
    if not hasattr(model, "operations"):
        raise SpecError(
            f"{model.name}: expected a functional or Sequential model, received a subclassed "
            f"{type(model).__name__}, which has no graph of layers to read"
        )


def open_config(model: keras.Model) -> dict[str, Json]:
    """Returns the configuration of a model with a graph, layers included.

    Raises:
        SpecError: a subclassed model without one.
    """
    if isinstance(model, keras.Sequential):
        return _plain(model)
    check_graph(model)
    config = _plain(model)
    if "input_layers" in config:
        return config
    # A subclass that builds its graph in a constructor of its own describes only its arguments.
    return _plain(keras.Model(model.input, model.output, name=model.name))


def _plain(model: keras.Model) -> dict[str, Json]:
    """Returns a model's configuration as it stands in a file: lists instead of tuples."""

    def convert(value: object) -> Json:
        if hasattr(value, "tolist"):
            return value.tolist()
        raise SpecError(
            f"{model.name}: expected layer configurations that JSON can hold, "
            f"received a {type(value).__name__}"
        )

    return json.loads(json.dumps(model.get_config(), default=convert))


class _Reader:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._first: dict[int, int] = {}

    def model(
        self,
        model: keras.Model,
        tensors: Sequence[keras.KerasTensor],
        call: tuple[Json, tuple[Result, ...]] | None,
        prefix: str,
    ) -> tuple[Result, ...]:
        """Reads a model on some inputs; returns its results."""
        owner = self._first.get(id(model))
        inside = f"{prefix}{model.name}/" if call is not None else ""
        config = open_config(model)
        is_sequential = isinstance(model, keras.Sequential)
        outer = [None] * len(tensors) if call is None else list(call[1])
        read = self._sequential if is_sequential else self._functional
        (outputs, ins), counted = read(model, config, tensors, outer, inside)
        arguments, arguments_inputs = call if call is not None else (None, ())
        kept = {
            key: value
            for key, value in config.items()
            if key not in ("layers", "input_layers", "output_layers", "build_input_shape")
        }
        if is_sequential:
            names = [layer.name for layer in model.layers]
            kept = {"name": model.name, "trainable": model.trainable, "layers": names}
        place = len(self.calls)
        self.calls.append(
            Call(
                layer=f"{prefix}{model.name}",
                operation=model,
                config=kept,
                arguments=arguments,
                inputs=(*outputs, *ins, *arguments_inputs),
                outputs=tuple(self.tensor(each) for each in outputs),
                owner=owner,
                structures=counted,
            )
        )
        self._first.setdefault(id(model), place)
        return tuple(Result(place, index) for index in range(len(outputs)))

    def tensor(self, result: Result) -> keras.KerasTensor:
        return self.calls[result.call].outputs[result.index]

    def _entrance(
        self,
        layer: keras.layers.InputLayer,
        config: dict[str, Json],
        tensor: keras.KerasTensor,
        outer: Result | None,
        prefix: str,
    ) -> Result:
        inputs = () if outer is None else (outer,)
        call = Call(f"{prefix}{config['name']}", layer, config, None, inputs, (tensor,))
        self.calls.append(call)
        return Result(len(self.calls) - 1)

    def _functional(
        self,
        model: keras.Model,
        config: Mapping[str, Json],
        tensors: Sequence[keras.KerasTensor],
        outer: Sequence[Result | None],
        prefix: str,
    ) -> tuple[tuple[list[Result], list[Result]], tuple[Json, Json]]:
        operations = {each.name: each for each in model.operations}
        entries = {entry["name"]: entry for entry in config["layers"]}
        results: dict[tuple[str, int], tuple[Result, ...]] = {}
        inputs = list(structures.leaves(config["input_layers"]))
        for (name, *_), tensor, source in zip(inputs, tensors, outer, strict=True):
            entry = entries[name]
            entrance = self._entrance(operations[name], entry["config"], tensor, source, prefix)
            results[name, 0] = (entrance,)
        pending = [
            (name, index, node)
            for name, entry in entries.items()
            for index, node in enumerate(entry["inbound_nodes"])
        ]
        while pending:
            waiting = []
            for name, index, node in pending:
                read = structures.needed(node)
                if all((layer, number) in results for layer, number, _ in read):
                    sources = tuple(results[layer, number][which] for layer, number, which in read)
                    results[name, index] = self._called(
                        operations[name], entries[name], structures.numbered(node), sources, prefix
                    )
                else:
                    waiting.append((name, index, node))
            if len(waiting) == len(pending):
                raise SpecError(f"{model.name}: the configuration's calls do not form a graph")
            pending = waiting
        outputs = [
            results[layer, number - _first_node(operations[layer])][which]
            for layer, number, which in structures.leaves(config["output_layers"])
        ]
        entered = [results[name, 0][0] for name, *_ in inputs]
        counted = (
            structures.counted(config["output_layers"]),
            structures.counted(config["input_layers"]),
        )
        return (outputs, entered), counted

    def _sequential(
        self,
        model: keras.Sequential,
        config: Mapping[str, Json],
        tensors: Sequence[keras.KerasTensor],
        outer: Sequence[Result | None],
        prefix: str,
    ) -> tuple[tuple[list[Result], list[Result]], tuple[Json, Json]]:
        entries = list(config["layers"])
        if entries and entries[0]["class_name"] == "InputLayer":
            entrance = entries.pop(0)["config"]
        else:
            entrance = keras.layers.InputLayer(batch_shape=model.inputs[0].shape).get_config()
        source = keras.layers.InputLayer(batch_shape=(None, 1))
        last = first = self._entrance(source, entrance, tensors[0], outer[0], prefix)
        for layer, entry in zip(model.layers, entries, strict=True):
            arguments = {"args": [{"class_name": structures.INPUT, "config": 0}], "kwargs": {}}
            (last, *_) = self._called(layer, entry, arguments, (last,), prefix)
        return ([last], [first]), (0, 0)

    def _called(
        self,
        operation: keras.Operation,
        entry: Mapping[str, Json],
        arguments: Json,
        sources: tuple[Result, ...],
        prefix: str,
    ) -> tuple[Result, ...]:
        if isinstance(operation, keras.Model):
            tensors = [self.tensor(source) for source in sources]
            return self.model(operation, tensors, (arguments, sources), prefix)
        config = _without_builds(entry["config"])
        name = f"{prefix}{operation.name}"
        if config.get("data_format") == "channels_first" and not _cuts_channels(operation, config):
            raise SpecError(
                f"layer {name!r}: expected channels_last, received channels_first; build the model "
                'with data_format="channels_last"'
            )
        outputs = _computed(operation, name, arguments, [self.tensor(each) for each in sources])
        place = len(self.calls)
        owner = self._first.get(id(operation))
        self.calls.append(Call(name, operation, config, arguments, sources, outputs, owner))
        self._first.setdefault(id(operation), place)
        return tuple(Result(place, index) for index in range(len(outputs)))


def _cuts_channels(operation: keras.Operation, config: Mapping[str, Json]) -> bool:
    """Returns whether a cropping only keeps the first of the last axis, as cells' edges do."""
    is_cropping = isinstance(operation, keras.layers.Cropping2D)
    return is_cropping and not any(config["cropping"][0]) and not config["cropping"][1][0]


def _without_builds(config: Json) -> Json:
    """Returns a configuration whose inner layers are not built for the widths that they had."""
    if isinstance(config, dict):
        kept = {key: each for key, each in config.items() if key != "build_config"}
        return {key: _without_builds(each) for key, each in kept.items()}
    return [_without_builds(each) for each in config] if isinstance(config, list) else config


def _computed(
    operation: keras.Operation, name: str, arguments: Json, tensors: Sequence[keras.KerasTensor]
) -> tuple[keras.KerasTensor, ...]:
    positional, named = structures.restored(arguments, tensors)
    try:
        computed = operation.compute_output_spec(*positional, **named)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise SpecError(f"layer {name!r}: its output's shape cannot be computed: {text}") from error
    outputs = tuple(keras.tree.flatten(computed))
    for each in outputs:
        if None in each.shape[1:]:
            raise SpecError(f"layer {name!r}: expected an output of known size, got {each.shape}")
    return outputs


def _first_node(operation: keras.Operation) -> int:
    # Where outputs are named, a functional model's own construction counts as a call.
    return int(isinstance(operation, keras.Model) and not isinstance(operation, keras.Sequential))
