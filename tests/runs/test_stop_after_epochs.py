"""A run that stops after some of its planned epochs, and one that goes on from there."""

import dataclasses
import json

import numpy as np
import pytest
from train_runs import CELL, epochs_of, result_of

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.execution import engine
from nasbench_templates.networks.cells import Cell
from nasbench_templates.runs import events, finished_run
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.runs.task import Task
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training.recipes import recipes

EPOCHS = 3


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    options = {"cell": Cell.parse(**json.loads(CELL)), "stem_filters": 4}
    options |= {"num_stacks": 1, "num_modules_per_stack": 1}
    network = NetworkSettings("nasbench101", (8, 8, 1), 10, options)
    (design,) = plan(network, ["b"])
    config = recipes.get("short").config(
        EPOCHS, batch_size=32, deterministic=True, schedule="cosine", ema_momentum=0.9
    )
    spec = RunSpec(design, DataRequest("digits", train_images=96), config, seed=5, measure=())
    return Task(spec, tmp_path_factory.mktemp("runs") / "promoted")


@pytest.fixture(scope="module")
def pauses(task):
    """What came of a call for each number of epochs; the last ones ask for no more."""
    asked = (1, 2, 3, 2, None)
    calls = [dataclasses.replace(task, stop_after_epochs=each) for each in asked]
    return [engine.carry_out([each])[0] for each in calls]


def figures(folder):
    """What the epochs gave, but for times."""
    timed = ("seconds", "images_per_second")
    return [{key: row[key] for key in row if key not in timed} for row in epochs_of(folder)]


def test_a_promoted_run_equals_one_that_never_stopped(task, pauses):
    whole = dataclasses.replace(task, place=task.place.with_name("whole"))
    (outcome,) = engine.carry_out([whole])
    assert (pauses[-1].status, outcome.status) == (events.FINISHED, events.FINISHED)
    assert figures(task.place) == figures(whole.place)
    assert len(figures(whole.place)) == EPOCHS
    weights = [
        finished_run.load_network(finished_run.read(each)).get_weights()
        for each in (task.place, whole.place)
    ]
    assert all(np.array_equal(*pair) for pair in zip(*weights, strict=True))
    assert result_of(task.place)["test_accuracy"] == result_of(whole.place)["test_accuracy"]


def test_the_test_split_is_kept_for_the_end(pauses):
    assert [each.status for each in pauses[:4]] == [events.PAUSED] * 4
    assert [each.result["test_accuracy"] for each in pauses[:4]] == [None] * 4
    assert [each.reason for each in pauses[:2]] == [
        "stop_after_epochs=1 reached", "stop_after_epochs=2 reached",
    ]  # fmt: skip
    assert pauses[-1].result["test_accuracy"] is not None


def test_what_is_as_far_as_asked_is_not_trained_again(pauses):
    assert [each.is_known for each in pauses] == [False, False, False, True, False]
    assert pauses[3].result == pauses[2].result


def test_the_stop_is_no_part_of_the_run(task):
    stopped = dataclasses.replace(task, stop_after_epochs=1)
    assert stopped.spec.identity("data") == task.spec.identity("data")
    assert stopped.whole == task


@pytest.mark.parametrize("epochs", [0, EPOCHS + 1])
def test_a_stop_outside_the_run_is_refused(task, epochs):
    with pytest.raises(ConfigError, match=f"from 1 to the run's 3 epochs, received {epochs}"):
        dataclasses.replace(task, stop_after_epochs=epochs)
