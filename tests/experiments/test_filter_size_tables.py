"""The study of learned filter sizes, tried out on a few digits."""

import json
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "experiments" / "filter_size_tables.py"
SMALL = ("--dataset=digits", "--channel_divisor=16", "--max_depth=4", "--batch_size=32")


def study(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_dry_run_prints_counted_beside_published_costs():
    lines = study(*SMALL, "--dry_run").splitlines()
    eff_conv = next(line for line in lines if "Eff-Conv" in line)
    assert eff_conv.split()[-3:] == ["1.665", "1.706", "1.69"]
    assert len([line for line in lines if line[:1].isdigit()]) == 7 + 12 + 4 + 3
    assert "FabricNet full 128/8: published 92.57 %, 21.2 M parameters" in lines


def test_unknown_rows_are_wrong_usage():
    done = subprocess.run(
        [sys.executable, SCRIPT, *SMALL, "--rows=guessed"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected --tables of 1 to 4 and --rows of ['D=10', " in done.stderr


@pytest.mark.slow
def test_smoke_run_trains_prunes_and_draws(tmp_path):
    study(*SMALL, "--smoke", "--tables=1,3", f"--output_dir={tmp_path}")
    rows = json.loads((tmp_path / "tables.json").read_text("utf-8"))["rows"]
    assert len(rows) == 7 + 4
    assert all(0 <= row["accuracy %"] <= 100 for row in rows)
    by_name = {row["row"]: row for row in rows}
    # One epoch moves no share below 0.2 or above its neighbours by much: only one resolution is
    # cheaper than all.
    assert by_name["learned threshold 0.1"]["params"] == by_name["learned"]["params"]
    assert by_name["learned one resolution"]["params"] == by_name["no pooling"]["params"]
    assert by_name["D=10 learned depth (8)"]["effective depth"] in (3, 4)
    assert (tmp_path / "figure3.svg").read_text("utf-8").startswith("<?xml")
