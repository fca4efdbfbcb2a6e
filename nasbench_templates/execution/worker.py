"""One worker process: carries out the runs that come through a pipe, one at a time.

It sends `(kind, content)` pairs: `"event"` with an event, `"outcome"` with what became of a run,
`"error"` with an exception that ends all runs. The parent knows which run is meant, so that no run
travels back with every step. It ends when the pipe is closed, and saves what is under way when its
parent is gone.
"""

import contextlib
import dataclasses
import os
import signal
import time
from multiprocessing.connection import Connection
from typing import Any

from nasbench_templates.runs.context import Context
from nasbench_templates.runs.events import Event, Stepped
from nasbench_templates.runs.loop import RunLoop
from nasbench_templates.support import quiet_tensorflow
from nasbench_templates.support.errors import TrainingError, describe
from nasbench_templates.training import devices

EVENT, OUTCOME, ERROR = "event", "outcome", "error"
# People do not read faster; every message costs both processes time.
_STEP_INTERVAL_S = 0.2
SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)


class _Stop:
    """Why to stop: a signal that came, or a parent that is gone."""

    def __init__(self, parent: int) -> None:
        self._received: str | None = None
        self._parent = parent
        for number in SIGNALS:
            is_hangup = number.name == "SIGHUP"
            if not is_hangup or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)
        # They were held back since before this process began: none of them ends it unnoticed.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _note(self, number: int, frame: object) -> None:
        self._received = self._received or signal.Signals(number).name

    def reason(self) -> str | None:
        if os.getppid() != self._parent:
            return "the process that asked for it is gone"
        return self._received


class _Sender:
    """Sends events without their run; of steps only some."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._sent_at = 0.0

    def send(self, event: Event) -> None:
        if isinstance(event, Stepped):
            now = time.monotonic()
            if now - self._sent_at < _STEP_INTERVAL_S:
                return
            self._sent_at = now
        self.put(EVENT, _without_task(event))

    def put(self, kind: str, content: object) -> None:
        # A parent that is gone is noticed by `_Stop`.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send((kind, content))


def work(connection: Connection, context: Context, parent: int) -> None:
    """Carries out tasks from a pipe until it is closed.

    Args:
        connection: gives `Task`s.
        context: what they share.
        parent: number of the process that started this one; without it nobody wants the results.
    """
    quiet_tensorflow.install()
    stop, sender = _Stop(parent), _Sender(connection)
    try:
        devices.select(context.device)
        loop = RunLoop(context, sender.send, stop.reason, is_measuring=False)
        while stop.reason() is None:
            if not connection.poll(0.1):
                continue
            outcome = loop.carry_out(connection.recv())
            sender.put(OUTCOME, _without_task(outcome))
    except EOFError:
        return
    except (ValueError, LookupError, OSError, ImportError) as error:
        # Errors of ours are ValueError or LookupError: what was asked for, data, disks.
        sender.put(ERROR, _sendable(error))


def _without_task(message: Any) -> Any:
    # The parent knows it, and puts it back.
    return dataclasses.replace(message, task=None)


def _sendable(error: Exception) -> Exception:
    module = type(error).__module__
    if module.startswith("nasbench_templates.") or isinstance(error, OSError):
        return error
    return TrainingError(f"{type(error).__name__}: {describe(error)}")
