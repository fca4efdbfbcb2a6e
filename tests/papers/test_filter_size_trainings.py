"""Networks with learned filter sizes: kept in run folders, pruned from what was kept."""

import dataclasses
import functools
import json
import shutil

import numpy as np
import pytest

from nasbench_templates.execution import engine
from nasbench_templates.papers import filter_size_trainings
from nasbench_templates.runs import events
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.runs.spec import RunSpec
from nasbench_templates.support.errors import DataError
from nasbench_templates.training.config import MixingConfig
from nasbench_templates.training.recipes import recipes

SCALE = filter_size_trainings.NetworkScale(32, 4, "shared", (8, 8, 1), 10)
CONFIG = recipes.get("filter_size_bilevel").config(
    epochs=1, batch_size=8, learning_rate=0.01, mixing=MixingConfig(learning_rate=0.05)
)
LEARNED = {"variant": "learned"}


DIGITS = DataRequest("digits", split_images=64)


def trainings(folder, config=CONFIG, on_event=events.ignore, **changes):
    seen = []

    def note(event):
        if isinstance(event, events.Ended):
            outcome = event.outcome
            seen.append((outcome.task.label.split("-")[-2], outcome.is_known))
        on_event(event)

    carry_out = functools.partial(engine.carry_out, on_event=note, **changes)
    return filter_size_trainings.Trainings(SCALE, DIGITS, config, 0, folder, carry_out), seen


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with a network and the same one pruned, both as they were when trained."""
    folder = tmp_path_factory.mktemp("kept")
    made, seen = trainings(folder)
    pruned, whole = made.trained(LEARNED, 0.2), made.trained(LEARNED)
    assert seen == [("variant_learned", False), ("threshold_0.2", False)]
    return folder, whole, pruned


def test_pruned_network_is_read_back_with_what_it_was_pruned_from(kept):
    folder, whole, pruned = kept
    again, seen = trainings(folder)
    read = again.trained(LEARNED, 0.2)
    assert seen == [("variant_learned", True), ("threshold_0.2", True)]
    assert (read.accuracy, read.shares) == (pruned.accuracy, pruned.shares)
    assert all(map(np.array_equal, read.weights, pruned.weights))
    assert again.trained(LEARNED).shares == whole.shares


def test_other_settings_train_the_network_and_the_pruned_one_anew(kept, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(kept[0], folder)
    smoother, seen = trainings(folder, dataclasses.replace(CONFIG, label_smoothing=0.1))
    smoother.trained(LEARNED, 0.2)
    assert seen == [("variant_learned", False), ("threshold_0.2", False)]
    assert len(list((folder / "runs").iterdir())) == 4


def test_first_weights_belong_to_what_a_run_is(kept):
    folder, whole, _ = kept
    made, _ = trainings(folder)
    plain = made.task(LEARNED).spec
    tuned, more = (made.task(LEARNED, limit).spec for limit in (0.2, 0.3))
    assert "first_weights_sha256" not in plain.identity("0")
    assert tuned.first_weights.run == whole.folder
    identities = [each.identity("0")["first_weights_sha256"] for each in (tuned, more)]
    assert identities[0] != identities[1]
    assert RunSpec.from_json(json.loads(json.dumps(tuned.to_json()))) == tuned


def test_seeds_train_together(kept, tmp_path):
    shutil.copytree(kept[0], tmp_path, dirs_exist_ok=True)
    made = [trainings(tmp_path)[0], trainings(tmp_path)[0]]
    batches = []

    def carry_out(tasks):
        batches.append([task.label.split("-")[-2] for task in tasks])
        return engine.carry_out(tasks)

    filter_size_trainings.train_together(made, [(LEARNED, 0.2), (LEARNED, None)], carry_out)
    # Equal seeds are one run, and no run is asked for twice.
    assert batches == [["variant_learned"], ["threshold_0.2"]]
    assert all(each.trained(LEARNED, 0.2) is not None for each in made)


def test_stopped_run_goes_on_and_gives_what_an_uninterrupted_one_gives(kept, tmp_path):
    reasons = iter([None] * 2)  # before the run and after one step of the four
    stopped, seen = trainings(tmp_path, stop_reason=lambda: next(reasons, "SIGTERM"))
    assert stopped.trained(LEARNED, 0.1) is None
    assert seen == [("variant_learned", False)]  # nothing began after the stop
    starts = []

    def note(event):
        if isinstance(event, events.Started):
            starts.append(event.steps_done)

    resumed = trainings(tmp_path, on_event=note)[0].trained(LEARNED)
    assert starts == [2]
    _, whole, _ = kept
    assert resumed.accuracy == whole.accuracy
    for name, shares in whole.shares.items():
        # Sums over threads differ in their last digits.
        assert resumed.shares[name] == pytest.approx(shares, abs=1e-4)


def test_failed_run_leaves_a_line_and_is_not_tried_again_for_pruning(tmp_path):
    config = dataclasses.replace(CONFIG, learning_rate=1e30)
    failing, seen = trainings(tmp_path, config)
    assert failing.trained(LEARNED) is None
    assert failing.trained(LEARNED, 0.1) is None
    assert len(seen) == 1
    (line,) = failing.failures
    assert "expected a finite loss" in line


def test_damaged_network_is_told(kept, tmp_path):
    shutil.copytree(kept[0], tmp_path / "copy")
    (model,) = tmp_path.glob("copy/runs/*learned-seed0*/model.keras")
    model.write_bytes(model.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"expected a whole \.keras file"):
        trainings(tmp_path / "copy")[0].trained(LEARNED)


def test_kept_resolutions_leave_the_depth_alone():
    shares = {"r1_mix": (0.5, 0.3, 0.15, 0.05), "depth_mix": (0.9, 0.1)}
    assert filter_size_trainings.kept_resolutions(shares, 0.2) == {"r1_mix": (0, 1)}
    assert filter_size_trainings.kept_resolutions(shares, 1.0) == {"r1_mix": (0,)}
