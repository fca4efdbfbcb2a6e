"""The command of a study as its results tell it."""

import pytest

from nasbench_templates.cli import study_command, study_script


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["--data_dir=/home/me/d"], "--data_dir=DIR"),
        (["--data_dir", "/home/me/d", "--smoke"], "--data_dir DIR --smoke"),
        (["-data_dir", "mnist=/home/me/d,/e"], "-data_dir mnist=DIR,DIR"),
        (["--output_dir", "/home/me/o", "--seeds", "1"], "--output_dir DIR --seeds 1"),
        (["--results_dir=/home/me/r"], "--results_dir=DIR"),
        (["--results_dir", "/home/me/r"], "--results_dir DIR"),
        (
            ["-plot", "/home/me/p.png", "--feature_cache=/home/me/c"],
            "-plot DIR --feature_cache=DIR",
        ),
        (["--scale=small", "--rows=no pooling"], "--scale=small '--rows=no pooling'"),
    ],
)
def test_command_tells_no_folder_of_the_machine(given, shown):
    line = study_script.command_line(["python", "experiments/study.py"], given)
    assert line == f"python experiments/study.py {shown}"


def test_seeds_are_each_taken_once_in_their_order():
    assert study_command.seeds("2,0,2,1,0") == (2, 0, 1)
