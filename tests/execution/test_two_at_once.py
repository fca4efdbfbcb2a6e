"""Two commands on the same runs at the same time, and commands that are killed."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

SMALL = (
    "--cell=resnet", "--templates=base,b,c", "--stem_filters=8", "--num_stacks=2",
    "--num_modules_per_stack=1", "--deterministic", "--format=json", "--workers=2",
)  # fmt: skip
TRAINED = re.compile(r"(\S+-seed\d+): epoch (\d+)/")


def start(folder, *flags):
    command = [sys.executable, "-m", "nasbench_templates", "evaluate", *SMALL, *flags]
    return subprocess.Popen(
        [*command, f"--output_dir={folder}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def accuracies(rows):
    return [(row["template"], row["val_accuracy"], row["test_accuracy"]) for row in rows]


@pytest.mark.slow
def test_two_commands_share_the_runs_and_print_the_same_table(tmp_path):
    both = [start(tmp_path, "--epochs=2") for _ in range(2)]
    outputs = [each.communicate(timeout=500) for each in both]
    assert [each.returncode for each in both] == [0, 0], outputs
    first, second = (json.loads(out) for out, _ in outputs)
    assert first == second
    epochs = [found for _, err in outputs for found in TRAINED.findall(err)]
    # Every epoch of every run was trained once, by one of the two.
    assert len(epochs) == len(set(epochs)) == 3 * 2


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["parent", "worker"])
def test_killed_at_random_moments_it_ends_like_an_uninterrupted_one(tmp_path, victim):
    whole = start(tmp_path / "whole", "--epochs=6", "--checkpoint_interval_s=0")
    expected = accuracies(json.loads(whole.communicate(timeout=500)[0]))
    draw = random.Random(0)
    for _ in range(3):
        killed = start(tmp_path / "broken", "--epochs=6", "--checkpoint_interval_s=0")
        time.sleep(draw.uniform(8, 25))
        if victim == "parent":
            os.kill(killed.pid, signal.SIGKILL)
        else:
            children = subprocess.run(
                ["pgrep", "-P", str(killed.pid), "-f", "spawn_main"],
                capture_output=True, text=True, check=False,
            ).stdout.split()  # fmt: skip
            if children:
                os.kill(int(draw.choice(children)), signal.SIGKILL)
        killed.communicate(timeout=500)
    last = start(tmp_path / "broken", "--epochs=6", "--checkpoint_interval_s=0")
    out, err = last.communicate(timeout=500)
    assert last.returncode == 0, err
    assert accuracies(json.loads(out)) == expected
    assert not list((tmp_path / "broken").rglob(".partial-*"))
