"""Sweeps that are killed, shared, or large: no run is lost, none trained twice."""

import os
import random
import re
import signal
import subprocess
import sys
import time

import pandas
import pytest
import sweep_commands

from nasbench_templates.sweeps import table

TRAINED = re.compile(r"run \d+ of \d+: (\S+): validation accuracy")


@pytest.mark.slow
def test_killed_at_twenty_moments_it_ends_with_exactly_the_planned_runs(tmp_path):
    flags = (
        "--networks=resnet,best", "--templates=base,b", "--budgets=0.5x", "--seeds=0,1,2,3,4,5",
        "--epochs=4", "--retries=40", "--checkpoint_interval_s=0",
    )  # fmt: skip
    draw = random.Random(18)
    log = (tmp_path / "log").open("w+")
    command = sweep_commands.start(tmp_path, *flags, log=log)
    seen, killed = {}, {"parent": 0, "worker": 0}
    for _ in range(20):
        time.sleep(draw.uniform(1, 20))
        children = sweep_commands.children_of(command.pid)
        if children and draw.random() < 0.5:
            os.kill(draw.choice(children), signal.SIGKILL)
            killed["worker"] += 1
        else:
            # Its workers notice, save and end; the next command may meet them still at it.
            command.kill()
            command.wait()
            killed["parent"] += 1
            command = sweep_commands.start(tmp_path, *flags, log=log)
        now = sweep_commands.finished(tmp_path)
        # What was finished stays as it is: nobody trains or writes it again.
        assert {name: now[name] for name in seen} == seen
        seen = now
    assert command.wait(1200) == 0, (tmp_path / "log").read_text()
    last = sweep_commands.start(tmp_path, *flags)
    _, err = last.communicate(timeout=600)
    assert last.returncode == 0, err
    assert not TRAINED.findall(err)
    found = sweep_commands.finished(tmp_path)
    assert {name: found[name] for name in seen} == seen
    assert len(found) == len(list(tmp_path.glob("runs/*"))) == 24
    rows = pandas.read_csv(tmp_path / "table.csv")
    assert set(rows["status"]) == {"finished"}
    assert len(rows.groupby(["network", "template", "seed"])) == len(rows) == 24
    assert not list(tmp_path.rglob(".partial-*"))
    print(f"killed: {killed}; failed attempts noted: {rows['failed_attempts'].sum()}")


@pytest.mark.slow
def test_two_commands_at_once_share_the_runs(tmp_path):
    flags = ("--networks=resnet,best", "--seeds=0,1,2,3,4,5", "--epochs=2")
    both = [sweep_commands.start(tmp_path, *flags) for _ in range(2)]
    outputs = [each.communicate(timeout=500) for each in both]
    assert [each.returncode for each in both] == [0, 0], outputs
    trained = [TRAINED.findall(err) for _, err in outputs]
    assert len(sweep_commands.finished(tmp_path)) == 12
    named = [name for each in trained for name in each]
    assert len(named) == len(set(named)) == 12
    assert all(trained), "both did a part"


_WRITER = """
import pathlib, sys
import result_folders
from nasbench_templates.runs import folders
from nasbench_templates.support import files
from nasbench_templates.sweeps import table
root, writer, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number in range(count):
    result_folders.write_run(root, "b", writer * count + number, 0.5)
    if number == count // 2:
        table.write(root)
table.write(root)
"""


@pytest.mark.slow
def test_eight_writers_of_a_thousand_results_lose_nothing(tmp_path):
    count = 1000
    paths = os.pathsep.join([*sys.path, os.environ.get("PYTHONPATH", "")])
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), str(number), str(count)],
            env={**os.environ, "PYTHONPATH": paths},
        )
        for number in range(8)
    ]
    assert [each.wait(580) for each in writers] == [0] * 8
    rows = pandas.read_parquet(tmp_path / "table.parquet")
    assert sorted(rows["seed"]) == list(range(8 * count))
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 8 * count + 1
    assert len(table.collect(tmp_path)) == 8 * count


@pytest.mark.slow
def test_five_hundred_trivial_runs_leave_the_parents_memory_flat(tmp_path):
    psutil = pytest.importorskip("psutil", reason="psutil is not installed here")
    seeds = ",".join(map(str, range(500)))
    flags = ("--networks=resnet", f"--seeds={seeds}", "--epochs=1", "--limit_train_images=64")
    # The table of so many runs is more than a pipe holds that nobody reads.
    command = sweep_commands.start(tmp_path, *flags, out=subprocess.DEVNULL)
    parent, resident = psutil.Process(command.pid), {}
    with open(tmp_path / "err", "w") as log:
        for line in command.stderr:
            log.write(line)
            if match := re.search(r"run (\d+) of 500", line):
                resident[int(match[1])] = parent.memory_info().rss
    assert command.wait(100) == 0
    assert len(sweep_commands.finished(tmp_path)) == 500
    early, late = resident[50], resident[500]
    print(f"resident: {early / 1e6:.1f} MB after 50 runs, {late / 1e6:.1f} MB after 500")
    assert late - early < 10e6
