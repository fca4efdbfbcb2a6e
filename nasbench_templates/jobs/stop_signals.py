"""SIGTERM and SIGINT as a request to stop after the step under way, as clusters preempt jobs."""

import signal
from types import FrameType, TracebackType

STATUS_BASE = 128
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """Holds back SIGTERM and Ctrl-C while a run trains; a second one ends it at once.

    Before `hold` and after the block, SIGTERM ends the process with its status and Ctrl-C raises
    `KeyboardInterrupt` as always: there is nothing to save then.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._is_holding = False
        self._previous: dict[signal.Signals, object] = {}

    def __enter__(self) -> "StopSignals":
        self._previous = {each: signal.signal(each, self._handle) for each in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def hold(self) -> None:
        """From here on the first signal is only noted."""
        self._is_holding = True

    @property
    def name(self) -> str | None:
        """The noted signal's name, or `None`."""
        return None if self.received is None else self.received.name

    @property
    def status(self) -> int:
        """The exit status of a run that the noted signal stopped."""
        return STATUS_BASE + (self.received or 0)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._is_holding and self.received is None:
            self.received = signal.Signals(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            raise SystemExit(STATUS_BASE + number)
