"""Every CNN of keras.applications: read, counted, retemplated, trained a step, saved and loaded.

    python benchmarks/keras_applications.py --output=rows.jsonl                  # all 40, hours
    python benchmarks/keras_applications.py --output=rows.jsonl --names=ResNet50 --templates=c
    python benchmarks/keras_applications.py --output=rows.jsonl --train=         # nothing is built
    python benchmarks/keras_applications.py --output=rows.jsonl --table=table.md

Each model has a process of its own and one line in the output; what is there already is not run
again, so that an interrupted call goes on. The independent count knows none of our rules: the
shapes of live kernels times the positions of live tensors.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TEMPLATES = "abcde"
TOLERANCE = 0.01
# Constructors whose input is open by default.
_OPEN_INPUT = (224, 224, 3)
_LOAD = """
import sys, numpy as np, keras
folder = sys.argv[1]
network = keras.saving.load_model(folder + "/network.keras")
found = np.asarray(network(np.load(folder + "/images.npy"), training=False))
expected = np.load(folder + "/expected.npy")
assert np.allclose(found, expected, rtol=1e-4, atol=1e-6), abs(found - expected).max()
assert not any(name.startswith("nasbench_templates") for name in sys.modules)
"""


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


def measure(name: str, templates: str, trained: str) -> dict[str, object]:
    """Returns one model's line.

    Args:
        name: of the constructor.
        templates: to match.
        trained: those of them to build, train a step, save and load.
    """
    import keras

    from nasbench_templates.keras_io import api
    from nasbench_templates.measure import profiled_layers

    keras.utils.set_random_seed(0)
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
    row["trained"] = {each: _all_the_way(changes[each]) for each in trained}
    return row


def _planned(network: object, template: str) -> object:
    from nasbench_templates.design.settings import MatchSettings
    from nasbench_templates.keras_io import api

    return api.plan_retemplate(network, template, MatchSettings("macs", "closest"))


def _all_the_way(change: object) -> str:
    """Builds, trains one step, saves, and loads in a process without this package."""
    import numpy as np

    model = change.build()
    generator = np.random.default_rng(0)
    images = generator.random((1, *model.input_shape[1:]), dtype="float32")
    model.compile("sgd", "categorical_crossentropy", run_eagerly=True)
    loss = model.train_on_batch(images, np.eye(model.output_shape[-1], dtype="float32")[:1])
    if not np.isfinite(loss):
        return f"loss {loss}"
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/network.keras")
        np.save(f"{folder}/images.npy", images)
        np.save(f"{folder}/expected.npy", np.asarray(model(images, training=False)))
        command = [sys.executable, "-c", _LOAD, folder]
        loaded = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return "ok" if loaded.returncode == 0 else loaded.stderr.strip().splitlines()[-1][:200]


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
    parser.add_argument("--table", help="Markdown file for the table; nothing is run")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(measure(options.one, options.templates, options.train)))
        return 0
    path = pathlib.Path(options.output)
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    rows = {row["name"]: row for row in map(json.loads, lines)}
    if options.table:
        pathlib.Path(options.table).write_text(table(list(rows.values())) + "\n", "utf-8")
        return 0
    for name in options.names.split(",") if options.names else constructors():
        before = rows.get(name, {}).get("trained", {})
        if name in rows and set(options.train) <= set(before):
            continue
        command = [sys.executable, __file__, "--output", options.output, "--one", name,
                   "--templates", options.templates, "--train", options.train]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
        if ran.returncode:
            rows[name] = {"name": name, "error": ran.stderr.strip().splitlines()[-1][:200]}
        else:
            rows[name] = json.loads(ran.stdout.splitlines()[-1])
            rows[name]["trained"] = before | rows[name]["trained"]
        text = "".join(json.dumps(row) + "\n" for row in rows.values())
        path.write_text(text, encoding="utf-8")
    print(table(list(rows.values())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
