import os
import signal
import subprocess
import sys
import time

import pytest

from nasbench_templates.space import workers

# Prints the worker's id, then waits for it.
SLEEPER = """
import time
from nasbench_templates.space import workers
def identify(task):
    print(__import__("os").getpid(), flush=True)
    time.sleep(task)
    return task
if __name__ == "__main__":
    try:
        list(workers.run(identify, [{seconds}, {seconds}, 0, 0], 2))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def square(number):
    return number * number


def divide(number):
    return 1 / number


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_results_come_in_order(processes):
    assert list(workers.run(square, [3, 1, 2], processes)) == [9, 1, 4]


@pytest.mark.parametrize("processes", [1, 2])
def test_errors_arrive(processes):
    with pytest.raises(ZeroDivisionError):
        list(workers.run(divide, [1, 0, 2], processes))


def test_a_worker_that_dies_is_told():
    with pytest.raises(ChildProcessError, match="one of them ended early"):
        list(workers.run(os._exit, [3, 3], 2))


def test_nothing_to_do():
    assert list(workers.run(square, [], 2)) == []


def test_one_process_by_default():
    assert list(workers.run(_own_process, [None])) == [os.getpid()]


def _own_process(_task):
    return os.getpid()


@pytest.fixture
def sleeper(tmp_path):
    def start(seconds):
        script = tmp_path / "sleeper.py"
        script.write_text(SLEEPER.format(seconds=seconds))
        process = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        worker = int(process.stdout.readline())
        return process, worker

    return start


def test_an_interrupt_of_all_processes_is_answered_once(sleeper):
    process, _ = sleeper(seconds=1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "interrupted" in out
    assert "Traceback" not in err


def test_workers_end_when_the_parent_is_killed(sleeper):
    process, worker = sleeper(seconds=60)
    process.kill()
    process.communicate(timeout=60)
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the worker outlived its parent")
