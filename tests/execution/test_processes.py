"""Runs in worker processes: shared out, lost workers replaced, stops saved."""

import ctypes
import os
import signal
import threading
import time

import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.execution import engine, processes
from nasbench_templates.networks.cells import Cell
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.recipes import recipes

CELL = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"])
OPTIONS = {
    "cell": CELL,
    "stem_filters": 4,
    "num_stacks": 1,
    "num_modules_per_stack": 1,
}
DESIGNS = plan(NetworkSettings("nasbench101", (8, 8, 1), 10, OPTIONS), "base")
DATA = DataRequest("digits")


def tasks(folder, seeds, epochs=1, **changes):
    config = recipes.get("short").config(epochs=epochs, **changes)
    return [
        Task(RunSpec(design, DATA, config, seed), folder, f"{design.template}-{seed}")
        for design in DESIGNS
        for seed in seeds
    ]


def test_workers_are_never_more_than_runs_and_one_on_a_gpu():
    assert processes.num_workers("auto", 1) == 1
    assert processes.num_workers("8", 3) == 3
    assert processes.num_workers("auto", 99) == processes.num_cores()
    assert processes.num_workers("auto", 99, has_gpu=True) == 1


# Quick: test_limits.py ends a process and has its run tried again.
@pytest.mark.slow
def test_a_killed_worker_fails_its_own_run_and_is_replaced(tmp_path):
    """One worker of two is killed in its first run; the others finish, the next call resumes."""
    seen, killed = [], []

    def note(event):
        seen.append(event)
        if isinstance(event, events.Started) and not killed:
            import multiprocessing

            first = multiprocessing.active_children()[0]
            killed.append(first.pid)
            os.kill(first.pid, signal.SIGKILL)

    planned = tasks(tmp_path, (0, 1, 2), epochs=4)
    outcomes = engine.carry_out(planned, workers=2, on_event=note)
    failed = [each for each in outcomes if each.status == events.FAILED]
    assert len(failed) == 1
    assert "ended by SIGKILL, perhaps as memory ran out" in failed[0].reason
    assert sum(each.is_finished for each in outcomes) == 2
    assert all(each.result["latency_ms"] > 0 for each in outcomes if each.is_finished)
    again = engine.carry_out(planned)
    assert [each.is_known for each in again] == [each.is_finished for each in outcomes]
    assert all(each.is_finished for each in again)


def test_a_stop_saves_all_runs(tmp_path):
    is_stopped = threading.Event()

    def note(event):
        if isinstance(event, events.Stepped):
            is_stopped.set()

    outcomes = engine.carry_out(
        tasks(tmp_path, (0, 1, 2), epochs=1000),
        workers=2,
        on_event=note,
        stop_reason=lambda: "SIGTERM" if is_stopped.is_set() else None,
    )
    assert {each.status for each in outcomes} == {events.INTERRUPTED, events.SKIPPED}
    assert {each.reason for each in outcomes} == {"SIGTERM"}
    saved = {path.parent.parent.name.rpartition("-")[0] for path in tmp_path.rglob("step-*.npz")}
    assert len(saved) >= 1


def test_what_no_run_can_do_ends_all_with_its_error(tmp_path):
    # Known before any of the workers loads a framework.
    (design,) = plan(NetworkSettings("nasbench101", (8, 8, 1), 20, OPTIONS), "base")
    config = recipes.get("short").config(epochs=1)
    unfit = [Task(RunSpec(design, DATA, config, seed), tmp_path, f"{seed}") for seed in (0, 1)]
    with pytest.raises(ConfigError, match=r"in 20 classes, as the network takes"):
        engine.carry_out(unfit, Context(), workers=2)


@pytest.mark.slow
def test_what_only_the_trainer_knows_ends_all_too(tmp_path):
    with pytest.raises(ConfigError, match="batch_size <= 1197"):
        engine.carry_out(tasks(tmp_path, (0, 1), batch_size=5000), Context(), workers=2)


def test_workers_have_what_is_left_of_the_commands_time(tmp_path):
    """A worker counts from when the first of them began, also in an earlier call."""
    context = Context(max_train_seconds=0.0)
    first, *_ = engine.carry_out(tasks(tmp_path, (0, 1)), context, workers=2)
    assert (first.status, first.reason) == (events.INTERRUPTED, context.time_limit_reason)
    assert 0 < context.begun_at.value <= time.monotonic()
    later = Context(max_train_seconds=50.0, begun_at=ctypes.c_double(time.monotonic() - 50))
    outcomes = engine.carry_out(tasks(tmp_path, (2, 3)), later, workers=1)
    assert {(each.status, each.reason) for each in outcomes} == {
        (events.SKIPPED, "max_train_seconds=50 reached")
    }
