"""A network that trains in seconds, and what a run leaves in its folder."""

import json

CELL = (
    '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "conv3x3-bn-relu", "output"]}'
)
NETWORK = (f"--cell={CELL}", "--stem_filters=4", "--num_stacks=1", "--num_modules_per_stack=1")


def result_of(folder):
    return json.loads((folder / "result.json").read_text())


def epochs_of(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())
