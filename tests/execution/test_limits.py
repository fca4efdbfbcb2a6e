"""What a run may take: ended with its process, noted in its folder, tried again, never fatal."""

import json
import os
import signal

import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.execution import engine, processes, serial
from nasbench_templates.execution.attempts import Attempts
from nasbench_templates.networks.cells import Cell
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context, RunLimits
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.events import AttemptFailed, Outcome
from nasbench_templates.runs.loop import RunLoop
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.recipes import recipes

CELL = Cell.parse([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"])
OPTIONS = {"cell": CELL, "stem_filters": 4, "num_stacks": 1, "num_modules_per_stack": 1}
(DESIGN,) = plan(NetworkSettings("nasbench101", (8, 8, 1), 10, OPTIONS), "base")


def task(folder, epochs=1, seed=0):
    config = recipes.get("short").config(epochs=epochs)
    return Task(RunSpec(DESIGN, DataRequest("digits"), config, seed, ()), folder, f"seed{seed}")


def in_a_process(context, tell, stop):
    return processes.ProcessEngine(context, 1, tell, stop)


def notes_of(folder):
    (path,) = folder.glob("*/failures.jsonl")
    return [json.loads(line)["reason"] for line in path.read_text().splitlines()]


def test_a_run_beyond_its_time_is_ended_noted_and_tried_again(tmp_path):
    seen = []
    context = Context(limits=RunLimits(seconds=0.4, retries=1))
    planned = task(tmp_path, epochs=500)
    (outcome,) = engine.carry_out(
        [planned], context, on_event=seen.append, make_engine=in_a_process
    )
    assert outcome.status == events.FAILED
    assert "its limit is 0.4 s" in outcome.reason
    attempts = [each for each in seen if isinstance(each, AttemptFailed)]
    assert [(each.attempt, each.is_last) for each in attempts] == [(1, False), (2, True)]
    assert len(notes_of(tmp_path)) == 2
    (result,) = tmp_path.glob("*/result.json")
    assert json.loads(result.read_text())["reason"] == outcome.reason


@pytest.mark.slow
def test_a_run_beyond_its_memory_is_ended(tmp_path):
    pytest.importorskip("psutil", reason="psutil is not installed here")
    context = Context(limits=RunLimits(memory_bytes=50_000_000))
    (outcome,) = engine.carry_out([task(tmp_path)], context, make_engine=in_a_process)
    assert outcome.status == events.FAILED
    assert "MB of memory, its limit is 50 MB" in outcome.reason


@pytest.mark.slow
def test_a_killed_run_is_tried_again_from_its_checkpoint(tmp_path):
    killed = []

    def kill_once(event):
        if isinstance(event, events.EpochEnded) and event.metrics.epoch >= 3 and not killed:
            import multiprocessing

            (worker,) = multiprocessing.active_children()
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    context = Context(limits=RunLimits(retries=1), checkpoint_interval_s=0)
    (outcome,) = engine.carry_out(
        [task(tmp_path, epochs=60)], context, on_event=kill_once, make_engine=in_a_process
    )
    assert killed
    assert outcome.is_finished
    assert "ended by SIGKILL" in notes_of(tmp_path)[0]


class FailingLoop:
    """Stands for a loop whose runs fail so many times before they finish."""

    def __init__(self, failures):
        self.left = failures

    def carry_out(self, wanted):
        self.left -= 1
        if self.left >= 0:
            return Outcome(wanted, events.FAILED, reason=f"{self.left} left")
        return Outcome(wanted, events.FINISHED)


@pytest.mark.parametrize(("retries", "status"), [(1, events.FAILED), (2, events.FINISHED)])
def test_a_run_is_tried_so_often_and_not_more(tmp_path, retries, status):
    made = serial.SerialEngine(FailingLoop(2), Attempts(retries, events.ignore, lambda: None))
    (outcome,) = made.run([task(tmp_path)])
    assert outcome.status == status


def test_nothing_is_tried_again_after_a_stop(tmp_path):
    seen = []
    made = serial.SerialEngine(FailingLoop(2), Attempts(9, seen.append, lambda: "SIGTERM"))
    (outcome,) = made.run([task(tmp_path)])
    assert outcome.status == events.FAILED
    assert [each.is_last for each in seen] == [True]


def test_a_fault_of_one_run_is_contained_where_that_is_asked_for(tmp_path):
    too_large = recipes.get("short").config(epochs=1, batch_size=2048)
    wrong = Task(RunSpec(DESIGN, DataRequest("digits"), too_large, 0, ()), tmp_path, "wrong")
    outcome = RunLoop(Context(is_failure_contained=True)).carry_out(wrong)
    assert outcome.status == events.FAILED
    assert "2048" in outcome.reason
    with pytest.raises(ConfigError, match="2048"):
        RunLoop(Context()).carry_out(wrong)


def test_a_finished_run_is_never_noted_as_failed(tmp_path):
    loop = RunLoop(Context())
    finished = loop.carry_out(task(tmp_path))
    assert finished.is_finished
    assert loop.record_failure(task(tmp_path), "its process died").is_finished
    assert not list(tmp_path.glob("*/failures.jsonl"))


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"memory_bytes": -1}, {"retries": -1}])
def test_limits_that_no_run_can_keep_are_refused(limits):
    with pytest.raises(ConfigError, match="expected"):
        RunLimits(**limits)
