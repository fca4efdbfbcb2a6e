"""The benchmark of the main job."""

import pathlib
import subprocess
import sys

import main_job
import pytest


def test_parts_add_up_over_calls():
    class Worker:
        def work(self, number):
            return number + 1

    parts = {}
    main_job._time_calls(parts, Worker, "work", "part")
    assert [Worker().work(number) for number in range(3)] == [1, 2, 3]
    assert list(parts) == ["part"]
    assert parts["part"] > 0


def test_a_failing_job_ends_the_benchmark(tmp_path):
    with pytest.raises(SystemExit, match=r"the job failed: .*No module named nasbench_templates"):
        # A folder that holds no package, and an interpreter that finds none elsewhere.
        main_job.measure(tmp_path, _isolated(tmp_path), epochs=1)


def _isolated(folder: pathlib.Path) -> str:
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -I "$@"\n')
    script.chmod(0o755)
    return str(script)


@pytest.mark.slow
def test_profile_names_where_the_time_goes():
    done = subprocess.run(
        [sys.executable, main_job.__file__, "--epochs=1", "--profile"],
        capture_output=True,
        text=True,
        check=True,
    )
    for part in ("import of Keras", "training step, traced", "latency", "all else", "load average"):
        assert part in done.stdout
