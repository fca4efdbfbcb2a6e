"""Carrying out a study: finished runs are kept, stops and failures are told."""

import dataclasses
import shutil

import pytest
import study_cases

from nasbench_templates.data.data_folders import DataFolders
from nasbench_templates.papers import runner
from nasbench_templates.papers.study import StudyData
from nasbench_templates.runs import events
from nasbench_templates.support.errors import DataError

FOLDERS = DataFolders(None, {})
STUDY = study_cases.study(seeds=(0,))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study's folder, its outcomes and for each whether it was known before."""
    folder, seen = tmp_path_factory.mktemp("finished"), []
    outcomes = runner.carry_out(STUDY, folder, FOLDERS, on_event=_noting(seen))
    return folder, outcomes, seen


def _noting(seen):
    def note(event):
        if isinstance(event, events.Ended):
            seen.append(event.outcome.is_known)

    return note


def test_a_second_call_reads_back_and_a_lost_result_is_trained_again(finished, tmp_path):
    folder, first, seen_first = finished
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    seen = []
    assert [outcome.result["status"] for outcome in first] == ["finished"] * 2
    (lost,) = (tmp_path / "runs").glob("digits-nasbench101_resnet-b-seed0-*")
    (lost / "result.json").unlink()
    second = runner.carry_out(STUDY, tmp_path, FOLDERS, on_event=_noting(seen))
    assert (seen_first, seen) == ([False, False], [True, False])
    # The same seed gives the same numbers.
    assert second[1].result["test_accuracy"] == first[1].result["test_accuracy"]


def test_a_stop_leaves_the_other_runs_for_the_next_call(tmp_path):
    study, reasons = study_cases.study(("base",), (0, 1)), iter([None, None])
    stopped = runner.carry_out(
        study, tmp_path, FOLDERS, stop_reason=lambda: next(reasons, "SIGTERM")
    )
    assert [outcome.result for outcome in stopped] == [None, None]
    assert stopped[0].failure == "SIGTERM"
    resumed = runner.carry_out(study, tmp_path, FOLDERS)
    assert all(outcome.result is not None for outcome in resumed)


def test_the_data_decide_the_number_of_classes(finished, tmp_path):
    shutil.copytree(finished[0], tmp_path, dirs_exist_ok=True)
    study = study_cases.study(("base",), (0,))
    (run,) = study.runs
    settings = dataclasses.replace(run.network.settings, num_classes=20)
    wide = dataclasses.replace(run, network=dataclasses.replace(run.network, settings=settings))
    study, seen = dataclasses.replace(study, runs=(wide,)), []
    (outcome,) = runner.carry_out(study, tmp_path, FOLDERS, on_event=_noting(seen))
    assert outcome.network.architecture.num_classes == 10
    # So it is the run that is known already.
    assert seen == [True]


@pytest.mark.parametrize(("is_rate_chosen", "rate"), [(False, 0.05 / 4), (True, 0.05)])
def test_a_batch_larger_than_the_training_split_shrinks(tmp_path, caplog, is_rate_chosen, rate):
    study = study_cases.study()
    few = StudyData("digits", train_images=30, test_images=40)
    runs = tuple(dataclasses.replace(run, data=few) for run in study.runs)
    tasks = runner.tasks_of(
        dataclasses.replace(study, runs=runs), tmp_path, FOLDERS, is_rate_chosen=is_rate_chosen
    )
    assert {task.spec.config.batch_size for task in tasks} == {16}
    assert {task.spec.config.learning_rate for task in tasks} == {rate}
    # Once, not for every run.
    (said,) = (record.getMessage() for record in caplog.records)
    assert said == "batch size: 16, since the recipe's 64 is larger than the 30 training images"
    whole = runner.tasks_of(study, tmp_path, FOLDERS)
    assert [task.spec.config for task in whole] == [run.config for run in study.runs]


def test_a_missing_data_set_is_known_before_the_first_run(tmp_path):
    study, seen = study_cases.study(("base",), (0,)), []
    (run,) = study.runs
    later = dataclasses.replace(run, data=StudyData("fashion_mnist", 64))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError):
        runner.carry_out(
            dataclasses.replace(study, runs=(run, later)), tmp_path / "study",
            DataFolders(None, {"fashion_mnist": str(empty)}), on_event=seen.append,
        )  # fmt: skip
    assert not seen
