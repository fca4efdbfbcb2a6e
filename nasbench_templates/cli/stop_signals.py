"""Signals as a request to stop after the step under way: Ctrl-C, and how clusters preempt jobs."""

import signal
from types import FrameType, TracebackType
from typing import Any, NoReturn

from absl import logging

STATUS_BASE = 128
# Besides those that people send: a closed terminal, and what Slurm warns with before a time limit.
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)


def status(name: str) -> int:
    """Returns the exit status of a run that the named signal stopped, here or on another worker."""
    return STATUS_BASE + signal.Signals[name]


class StopSignals:
    """Holds back SIGTERM and Ctrl-C while a run trains; a second one ends it at once.

    Before `hold` SIGTERM raises `SystemExit` with its status and Ctrl-C `KeyboardInterrupt` as
    always: there is nothing to save then. After the block they do what they did before it.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._is_holding = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "StopSignals":
        # Under nohup a closed terminal is to be ignored, and stays so.
        taken = [
            each
            for each in _SIGNALS
            if each.name != "SIGHUP" or signal.getsignal(each) is not signal.SIG_IGN
        ]
        self._previous = {each: signal.signal(each, self._handle) for each in taken}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if isinstance(error, SystemExit) and self.received is not None:
            done = "back to the last checkpoint" if self._is_holding else "nothing was trained"
            logging.warning("%s: ended at once, %s", self.name, done)

    def take(self) -> None:
        """Takes the signals back from a library that took them in the block.

        TensorFlow takes SIGTERM when several workers connect, and then only notes it.
        """
        for each in self._previous:
            signal.signal(each, self._handle)

    def hold(self) -> None:
        """From here on the first signal is only noted.

        Raises:
            SystemExit: SIGTERM came before.
            KeyboardInterrupt: Ctrl-C came before.
        """
        # Libraries may swallow what the handler raises in the middle of their work.
        if self.received is not None:
            self._end(self.received)
        self._is_holding = True

    @property
    def name(self) -> str | None:
        """The noted signal's name, or `None`."""
        return None if self.received is None else self.received.name

    def _handle(self, number: int, frame: FrameType | None) -> None:
        is_first = self.received is None
        self.received = signal.Signals(number)
        if not (self._is_holding and is_first):
            self._end(self.received)

    def _end(self, received: signal.Signals) -> NoReturn:
        if received == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(STATUS_BASE + received)
