"""Networks with learned filter sizes: kept in run folders, pruned from what was kept."""

import dataclasses
import shutil

import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.design import planning
from nasbench_templates.papers import filter_sizes
from nasbench_templates.runs import folders, training_run
from nasbench_templates.support.errors import ConfigError, DataError
from nasbench_templates.training.config import MixingConfig
from nasbench_templates.training.recipes import recipes

SCALE = filter_sizes.NetworkScale(32, 4, "shared", (8, 8, 1), 10)
CONFIG = recipes.get("filter_size_bilevel").config(
    epochs=1, batch_size=8, learning_rate=0.01, mixing=MixingConfig(learning_rate=0.05)
)
LEARNED = {"variant": "learned"}


@pytest.fixture(scope="module")
def digits():
    return loading.load_dataset("digits", None).with_limited_splits(64)


def trainings(folder, digits, config=CONFIG, **changes):
    seen = []
    made = filter_sizes.Trainings(
        SCALE, digits, config, 0, folder,
        on_run=lambda label, is_known: seen.append((label.split("-")[-2], is_known)), **changes,
    )  # fmt: skip
    return made, seen


@pytest.fixture(scope="module")
def kept(tmp_path_factory, digits):
    """A folder with a network and the same one pruned, both as they were when trained."""
    folder = tmp_path_factory.mktemp("kept")
    made, seen = trainings(folder, digits)
    pruned, whole = made.trained(LEARNED, 0.2), made.trained(LEARNED)
    assert seen == [("variant_learned", False), ("threshold_0.2", False)]
    return folder, whole, pruned


def test_pruned_network_is_read_back_with_what_it_was_pruned_from(kept, digits):
    folder, whole, pruned = kept
    again, seen = trainings(folder, digits)
    read = again.trained(LEARNED, 0.2)
    assert seen == [("variant_learned", True), ("threshold_0.2", True)]
    assert (read.accuracy, read.shares) == (pruned.accuracy, pruned.shares)
    assert all(map(np.array_equal, read.weights, pruned.weights))
    assert again.trained(LEARNED).shares == whole.shares


def test_other_settings_train_the_network_and_the_pruned_one_anew(kept, tmp_path, digits):
    folder = tmp_path / "copy"
    shutil.copytree(kept[0], folder)
    smoother, seen = trainings(folder, digits, dataclasses.replace(CONFIG, label_smoothing=0.1))
    smoother.trained(LEARNED, 0.2)
    assert seen == [("variant_learned", False), ("threshold_0.2", False)]
    assert len(list((folder / "runs").iterdir())) == 4


def test_first_weights_belong_to_what_a_run_is(digits):
    settings = SCALE.settings(LEARNED)
    (network,) = planning.plan(settings, ["base"])
    plain, zeros, ones = (
        training_run.TrainingRun(settings, network, digits, CONFIG, 0, False, weights).identity()
        for weights in (None, [np.zeros(3)], [np.ones(3)])
    )
    assert "first_weights_sha256" not in plain
    assert zeros["first_weights_sha256"] != ones["first_weights_sha256"]


def test_stopped_run_goes_on_and_gives_what_an_uninterrupted_one_gives(tmp_path, digits):
    config = dataclasses.replace(CONFIG, epochs=2)
    reasons = iter([None] * 4)  # before the run and after three steps
    watch = training_run.Watch(stop_reason=lambda: next(reasons, "SIGTERM"))
    stopped, seen = trainings(tmp_path / "a", digits, config, watch=watch)
    assert stopped.trained(LEARNED, 0.1) is None
    assert seen == [("variant_learned", False)]  # nothing began after the stop
    starts = []
    watch = training_run.Watch(on_start=lambda history, num_steps: starts.append(num_steps))
    resumed = trainings(tmp_path / "a", digits, config, watch=watch)[0].trained(LEARNED)
    assert starts == [4]
    whole = trainings(tmp_path / "b", digits, config)[0].trained(LEARNED)
    assert resumed.accuracy == whole.accuracy
    for name, shares in whole.shares.items():
        # Sums over threads differ in their last digits.
        assert resumed.shares[name] == pytest.approx(shares, abs=1e-4)


def test_failed_run_leaves_a_line_and_is_not_tried_again_for_pruning(tmp_path, digits):
    config = dataclasses.replace(CONFIG, learning_rate=1e30)
    failing, seen = trainings(tmp_path, digits, config)
    assert failing.trained(LEARNED) is None
    assert failing.trained(LEARNED, 0.1) is None
    assert len(seen) == 1
    (line,) = failing.failures
    assert "expected a finite loss" in line


def test_run_that_another_process_trains_is_left_alone(kept, tmp_path, digits):
    shutil.copytree(kept[0], tmp_path / "copy")
    (run,) = tmp_path.glob("copy/runs/*learned-seed0*")
    (run / "result.json").unlink()
    with (
        folders.RunFolder(run, {}).locked(),
        pytest.raises(ConfigError, match="expected no other process at work there"),
    ):
        trainings(tmp_path / "copy", digits)[0].trained(LEARNED)
    assert not (run / "result.json").exists()


def test_damaged_network_is_told(kept, tmp_path, digits):
    shutil.copytree(kept[0], tmp_path / "copy")
    (model,) = tmp_path.glob("copy/runs/*learned-seed0*/model.keras")
    model.write_bytes(model.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"expected a whole \.keras file"):
        trainings(tmp_path / "copy", digits)[0].trained(LEARNED)


def test_kept_resolutions_leave_the_depth_alone():
    shares = {"r1_mix": (0.5, 0.3, 0.15, 0.05), "depth_mix": (0.9, 0.1)}
    assert filter_sizes.kept_resolutions(shares, 0.2) == {"r1_mix": (0, 1)}
    assert filter_sizes.kept_resolutions(shares, 1.0) == {"r1_mix": (0,)}
