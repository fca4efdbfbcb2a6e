"""What is wrong in a record file: the first fault ends the reading, or all are counted."""

from nasbench_templates.support.errors import RecordError

# Of faults that are passed over, so many are described; the others are only counted.
_MOST_DESCRIBED = 20


class Faults:
    """Receives the faults of one file.

    Args:
        name: of the file, for messages.
        skip: whether faulty records are left out instead of ending the reading.

    Attributes:
        skipped: how many records were left out.
    """

    def __init__(self, name: str, *, skip: bool = False):
        self._name = name
        self._skip = skip
        self.skipped = 0
        self._messages: list[str] = []
        self._num_faults = 0

    @property
    def messages(self) -> tuple[str, ...]:
        """Descriptions of the first faults, and how many there are besides."""
        others = self._num_faults - len(self._messages)
        return (*self._messages, *([f"{self._name}: and {others} more"] if others else []))

    def add(self, record: int, offset: int, reason: str) -> None:
        """Notes one faulty record.

        Args:
            record: number of the record, from 1.
            offset: of its first byte in the file.
            reason: what was expected and received.

        Raises:
            RecordError: unless faulty records are left out.
        """
        self.skipped += 1
        self.remark(record, offset, reason)

    def remark(self, record: int, offset: int, reason: str) -> None:
        """Notes something wrong that leaves no further record out.

        Raises:
            RecordError: unless faulty records are left out.
        """
        message = f"{self._name}: record {record} at byte {offset}: {reason}"
        if not self._skip:
            raise RecordError(message)
        self._num_faults += 1
        if len(self._messages) < _MOST_DESCRIBED:
            self._messages.append(message)
