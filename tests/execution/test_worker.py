"""What a worker process does with its pipe, carried out in this process."""

import multiprocessing
import os
import signal
import threading
import types

import pytest

from nasbench_templates.execution import worker
from nasbench_templates.runs import events
from nasbench_templates.runs.context import Context
from nasbench_templates.support.errors import ConfigError, DataError
from tests.execution.test_processes import tasks


@pytest.fixture(autouse=True)
def _handlers():
    """A worker takes the signals of its process."""
    before = {number: signal.getsignal(number) for number in worker.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def pipe():
    ours, theirs = multiprocessing.Pipe()
    yield ours, theirs
    ours.close()
    theirs.close()


def received(connection):
    messages = []
    while connection.poll(0):
        messages.append(connection.recv())
    return messages


def test_a_run_comes_back_without_its_task(tmp_path, pipe):
    ours, theirs = pipe
    (task,) = tasks(tmp_path, (0,))
    ours.send(task)

    # Read in a thread of its own, as a pipe holds little; the stop comes after the outcome.
    messages = []

    def read():
        while not messages or messages[-1][0] == worker.EVENT:
            messages.append(ours.recv())
        os.kill(os.getpid(), signal.SIGTERM)

    reader = threading.Thread(target=read)
    reader.start()
    worker.work(theirs, Context(), os.getppid())
    reader.join()
    kinds = [type(content) for kind, content in messages if kind == worker.EVENT]
    assert events.Started in kinds
    assert kinds.count(events.EpochEnded) == 1
    kind, outcome = messages[-1]
    assert kind == worker.OUTCOME
    assert outcome.status == events.FINISHED
    assert outcome.task is None
    assert 0 <= outcome.result["test_accuracy"] <= 1


def test_it_ends_with_its_pipe(pipe):
    ours, theirs = pipe
    ours.close()
    worker.work(theirs, Context(), os.getppid())


def test_it_ends_without_its_parent(pipe):
    ours, theirs = pipe
    worker.work(theirs, Context(), os.getppid() + 1)
    assert received(ours) == []


def test_what_ends_all_runs_is_sent_as_an_error(tmp_path, pipe):
    ours, theirs = pipe
    worker.work(theirs, Context(device="gpu:9"), os.getppid())
    ((kind, error),) = received(ours)
    assert kind == worker.ERROR
    assert isinstance(error, ConfigError)


def test_errors_of_other_libraries_travel_as_their_words():
    assert isinstance(worker._sendable(DataError("x")), DataError)
    sent = worker._sendable(KeyError("missing"))
    assert "KeyError: " in str(sent)


def test_of_steps_only_some_are_sent(pipe, monkeypatch):
    ours, theirs = pipe
    sender = worker._Sender(theirs)
    for number in range(40):  # 16 of them a second
        clock = types.SimpleNamespace(monotonic=lambda now=10 + number / 16: now)
        monkeypatch.setattr(worker, "time", clock)
        sender.send(events.Stepped(None, 1, number))
    assert [event.step for _, event in received(ours)] == [*range(0, 40, 4)]
