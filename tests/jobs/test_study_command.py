"""The command of a study as its results tell it."""

import dataclasses

import pytest
import study_cases

from nasbench_templates.jobs import study_command
from nasbench_templates.studies.study import StudyData


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["--data_dir=/home/me/d"], "--data_dir=DIR"),
        (["--data_dir", "/home/me/d", "--smoke"], "--data_dir DIR --smoke"),
        (["-data_dir", "mnist=/home/me/d,/e"], "-data_dir mnist=DIR,DIR"),
        (["--output_dir", "/home/me/o", "--seeds", "1"], "--output_dir DIR --seeds 1"),
        (["--results_dir=/home/me/r"], "--results_dir=DIR"),
        (["--results_dir", "/home/me/r"], "--results_dir DIR"),
        (["--scale=small", "--rows=no pooling"], "--scale=small '--rows=no pooling'"),
    ],
)
def test_command_tells_no_folder_of_the_machine(given, shown):
    expected = f"python experiments/study.py {shown}"
    assert study_command.command_line(["study.py", *given]) == expected


def test_seeds_are_each_taken_once_in_their_order():
    assert study_command.seeds("2,0,2,1,0") == (2, 0, 1)


def test_a_run_takes_its_fixed_time_and_that_of_its_steps_and_images():
    (run,) = study_cases.study(("base",), (0,)).runs
    network = run.network.plan()
    doubled = dataclasses.replace(run, config=dataclasses.replace(run.config, epochs=2))
    unlimited = dataclasses.replace(run, data=StudyData("digits"))
    fixed = study_command.run_seconds(unlimited, network)
    once, twice = (study_command.run_seconds(each, network) for each in (run, doubled))
    assert 0 < fixed < once
    assert twice - fixed == pytest.approx(2 * (once - fixed))
    # 128 images; two cores train 600 images of 12 million MACs in a second.
    assert once - fixed > 128 * network.cost.macs / (600 * 12e6)
