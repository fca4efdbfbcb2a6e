"""Every CNN of keras.applications: read, counted, retemplated, trained a step, saved and loaded.

    python benchmarks/keras_applications.py --output=rows.jsonl                  # all 40, hours
    python benchmarks/keras_applications.py --output=rows.jsonl --names=ResNet50 --train=c
    python benchmarks/keras_applications.py --output=rows.jsonl --train=         # nothing is built
    python benchmarks/keras_applications.py --output=rows.jsonl --table=table.md

Each model has a process of its own, small models come first, and one line in the output; what is
there already is not run again, so that an interrupted call goes on. The independent count knows
none of our rules: the shapes of live kernels times the positions of live tensors.

Counts and matches are for the constructors' default inputs. What is built and trained takes one
image of the smallest side in `SIDES` that the constructor allows, and is matched there.
"""

import argparse
import contextlib
import json
import multiprocessing
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

TEMPLATES = "abcde"
TOLERANCE = 0.01
# Constructors whose input is open by default.
_OPEN_INPUT = (224, 224, 3)
SIDES = (32, 48, 64, 72, 76, 96, 128)
# Processes are copies of one that has imported Keras and nothing of this package.
_FORK = multiprocessing.get_context("fork")


def constructors() -> list[str]:
    """Returns the names of all CNN constructors of keras.applications."""
    import keras

    return [name for name in dir(keras.applications) if name[0].isupper()]


def independent_macs(network: object) -> int:
    """Returns the MACs of a flat model by its live kernels and tensors alone."""
    import math

    macs = 0
    for layer in network.layers:
        kernels = [weight for weight in layer.weights if "kernel" in weight.name]
        for node in layer._inbound_nodes if kernels else ():
            positions = math.prod(node.output_tensors[0].shape[1:-1])
            macs += sum(math.prod(kernel.shape) * positions for kernel in kernels)
    return macs


def measure(name: str, templates: str) -> dict[str, object]:
    """Returns one model's counts and matches.

    Args:
        name: of the constructor.
        templates: to match.
    """
    import keras

    from nasbench_templates.keras_io import api
    from nasbench_templates.measure import profiled_layers

    row: dict[str, object] = {"name": name}
    start = time.perf_counter()
    network = getattr(keras.applications, name)(weights=None)
    if None in network.input_shape[1:]:
        network = getattr(keras.applications, name)(weights=None, input_shape=_OPEN_INPUT)
    row["build_s"] = time.perf_counter() - start
    api.cost(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))  # imports and rules
    start = time.perf_counter()
    counted = api.cost(network)
    row["cost_s"] = time.perf_counter() - start
    row |= {"input_shape": counted.input_shape, "macs": counted.macs, "params": counted.params}
    row["params_agree"] = counted.params == network.count_params()
    row["macs_agree"] = counted.macs == independent_macs(network)
    row["uncounted"] = list(counted.uncounted)
    start = time.perf_counter()
    profiled = profiled_layers.compare(network, counted)
    row["profiler_s"] = time.perf_counter() - start
    row["profiler_macs"] = profiled.macs
    row["left_out"] = f"{len(profiled.left_out)} grouped convolutions" if profiled.left_out else ""
    row["profiler_explained"] = profiled.is_explained
    start = time.perf_counter()
    changes = {each: _planned(network, each) for each in templates}
    row["match_s"] = (time.perf_counter() - start) / len(templates)
    row["gaps"] = {each: change.design.gap for each, change in changes.items()}
    return row | {"trained": {}}


def _planned(network: object, template: str) -> object:
    from nasbench_templates.design.settings import MatchSettings
    from nasbench_templates.keras_io import api

    return api.plan_retemplate(network, template, MatchSettings("macs", "closest"))


def train(name: str, templates: str, folder: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Builds a model under templates, trains it one step and saves it; yields what became of each.

    Args:
        name: of the constructor.
        templates: to build, in this order.
        folder: for a network, an image and what the network makes of it, for each template.

    Yields:
        A template with `"saved"` or what went wrong.
    """
    import keras
    import numpy as np

    from nasbench_templates.keras_io import keras_builder

    keras.utils.set_random_seed(0)
    network = _smallest(name)
    designs = {each: _planned(network, each).design for each in templates}
    del network
    images = None
    for template, design in designs.items():
        model = keras_builder.build_keras(design.architecture.graph, design.filters)
        if images is None:
            images = np.random.default_rng(0).random((1, *model.input_shape[1:]), "float32")
        model.compile("sgd", "categorical_crossentropy", run_eagerly=True)
        target = np.eye(model.output_shape[-1], dtype="float32")[:1]
        loss = model.train_on_batch(images, target)
        if not np.isfinite(loss):
            yield template, f"loss {loss}"
            continue
        place = folder / template
        place.mkdir()
        model.save(place / "network.keras")
        np.save(place / "images.npy", images)
        np.save(place / "expected.npy", np.asarray(model(images, training=False)))
        del model
        yield template, "saved"


def _smallest(name: str) -> object:
    """Returns a model for the smallest image that its constructor takes."""
    import keras

    constructor = getattr(keras.applications, name)
    for side in SIDES:
        with contextlib.suppress(ValueError):
            return constructor(weights=None, input_shape=(side, side, 3))
    return constructor(weights=None)


def load(folder: pathlib.Path) -> str:
    """Loads a saved network and returns `"ok"` if it predicts as it did before.

    Raises:
        RuntimeError: this process has imported this package.
    """
    import keras
    import numpy as np

    if any(name.startswith("nasbench_templates") for name in sys.modules):
        raise RuntimeError("the process that loads has imported nasbench_templates")
    network = keras.saving.load_model(folder / "network.keras")
    found = np.asarray(network(np.load(folder / "images.npy"), training=False))
    expected = np.load(folder / "expected.npy")
    away = float(abs(found - expected).max())
    return "ok" if np.allclose(found, expected, rtol=1e-4, atol=1e-6) else f"{away:g} away"


def _run(connection: Connection, job: str, *arguments: object) -> None:
    """Carries out a job in this process and sends what it gives, the last time `None`."""
    try:
        if job == "measure":
            connection.send(measure(*arguments))
        elif job == "train":
            for state in train(*arguments):
                connection.send(state)
        else:
            connection.send(load(*arguments))
    except Exception as error:  # a constructor, Keras or memory: the row says so
        connection.send(f"{type(error).__name__}: {' '.join(str(error).split())[:160]}")
    connection.send(None)


def _in_process(job: str, *arguments: object) -> Iterator[object]:
    """Yields what a job gives, carried out in a new process, and says where that process died."""
    receiver, sender = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_run, args=(sender, job, *arguments))
    process.start()
    sender.close()
    try:
        while (content := receiver.recv()) is not None:
            yield content
    except EOFError:
        process.join()
        yield f"the process ended with {process.exitcode}"
    process.join()


def all_the_way(name: str, templates: str) -> Iterator[tuple[str, str]]:
    """Yields each template with `"ok"`, or with what went wrong on its way."""
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        left = list(templates)
        for content in _in_process("train", name, templates, folder):
            if isinstance(content, str):
                yield left[0], content
                return
            template, state = content
            left.remove(template)
            if state == "saved":
                (state,) = _in_process("load", folder / template)
                shutil.rmtree(folder / template)
            yield template, state


def table(rows: list[dict[str, object]]) -> str:
    """Returns the lines as a Markdown table, with what holds of how many below."""
    lines = [
        "| model | GMACs | params | agree | profiler GMACs | difference | " + " | ".join(
            f"gap {each} %" for each in TEMPLATES) + " | all the way | cost s | profiler s |",
        "|" + "---|" * (9 + len(TEMPLATES)),
    ]  # fmt: skip
    for row in rows:
        if "error" in row:
            lines.append(f"| {row['name']} | {row['error']} |" + " |" * (7 + len(TEMPLATES)))
            continue
        agrees = "yes" if row["params_agree"] and row["macs_agree"] else "NO"
        explained = row["left_out"] if row["profiler_explained"] else "not explained"
        gaps = [row["gaps"].get(each) for each in TEMPLATES]
        texts = ["-" if gap is None else f"{100 * gap:+.3f}" for gap in gaps]
        done = [f"{each}" if state == "ok" else f"{each}: {state}"
                for each, state in row["trained"].items()]  # fmt: skip
        lines.append(
            f"| {row['name']} | {row['macs'] / 1e9:.6f} | {row['params']:,} | {agrees} | "
            f"{row['profiler_macs'] / 1e9:.6f} | {explained or 'none'} | {' | '.join(texts)} | "
            f"{', '.join(done) or '-'} | {row['cost_s']:.2f} | {row['profiler_s']:.1f} |"
        )
    return "\n".join([*lines, "", *_summary(rows)])


def _summary(rows: list[dict[str, object]]) -> list[str]:
    whole = [row for row in rows if "error" not in row]
    gaps = [abs(gap) for row in whole for gap in row["gaps"].values()]
    trained = [state for row in whole for state in row["trained"].values()]
    counted = sum(row["params_agree"] and row["macs_agree"] for row in whole)
    within = sum(gap <= TOLERANCE for gap in gaps)
    return [
        f"- {len(whole)} of {len(rows)} imported, {counted} counted as the independent count",
        f"- {within} of {len(gaps)} matches within {TOLERANCE:.0%}, the worst {max(gaps):.3%} away",
        f"- {trained.count('ok')} of {len(trained)} built, trained a step, saved, loaded elsewhere",
    ]


def main(arguments: list[str]) -> int:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True, help="JSON lines, one a model")
    parser.add_argument("--names", default="", help="constructors (default: all)")
    parser.add_argument("--templates", default=TEMPLATES)
    parser.add_argument("--train", default=TEMPLATES, help="templates to build, train and load")
    parser.add_argument("--most_params", type=float, default=1e12, help="leave out larger models")
    parser.add_argument("--table", help="Markdown file for the table; nothing is run")
    options = parser.parse_args(arguments)
    path = pathlib.Path(options.output)
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    rows = {row["name"]: row for row in map(json.loads, lines)}
    if options.table:
        pathlib.Path(options.table).write_text(table(list(rows.values())) + "\n", "utf-8")
        return 0
    names = options.names.split(",") if options.names else constructors()
    for name in names:
        if name not in rows:
            (row,) = _in_process("measure", name, options.templates)
            rows[name] = row if isinstance(row, dict) else {"name": name, "error": row}
            _write(path, rows)
    whole = [name for name in names if "error" not in rows[name]]
    for name in sorted(whole, key=lambda each: rows[each]["params"]):
        done = rows[name]["trained"]
        missing = "".join(each for each in options.train if done.get(each) != "ok")
        if not missing or rows[name]["params"] > options.most_params:
            continue
        start = time.perf_counter()
        for template, state in all_the_way(name, missing):
            done[template] = state
            _write(path, rows)
            print(f"{name} {template}: {state}, {time.perf_counter() - start:.0f} s", flush=True)
    print(table(list(rows.values())))
    return 0


def _write(path: pathlib.Path, rows: dict[str, dict[str, object]]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in rows.values()), "utf-8")
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
