"""The records of a store as dictionaries by module hash, read cell by cell.

A program may edit what it gets, or add and remove cells, as with the original's dictionaries: what
it read is kept and given again, the store itself stays as it is. So no edit is lost, and a cell
that was read takes 1 to 3 KiB until the end; `fresh` keeps nothing.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, MutableMapping

from nasbench_templates.benchmark_records import record108
from nasbench_templates.benchmark_records.store import RecordStore

Build = Callable[[RecordStore, int], dict]


class Statistics(MutableMapping, dict):
    """One side of the records.

    It is a dictionary of the entries that were read, so that a second look takes no time; whatever
    concerns all cells goes through the store.

    Args:
        store: the records.
        build: makes the entry of the cell at a position in the store.
    """

    __getitem__ = dict.__getitem__

    def __init__(self, store: RecordStore, build: Build):
        super().__init__()
        self._store = store
        self._build = build
        self._removed: set[str] = set()

    def __missing__(self, module_hash: str) -> dict:
        entry = self._read(module_hash)
        dict.__setitem__(self, module_hash, entry)
        return entry

    def fresh(self, module_hash: str) -> dict:
        """Returns a copy of an entry as it is now, without keeping it.

        Raises:
            KeyError: there is no such cell.
        """
        if dict.__contains__(self, module_hash):
            return copy.deepcopy(dict.__getitem__(self, module_hash))
        return self._read(module_hash)

    def is_read(self, module_hash: str) -> bool:
        """Returns whether an entry was read before or removed, so that it may have been edited."""
        return dict.__contains__(self, module_hash) or module_hash in self._removed

    def _read(self, module_hash: str) -> dict:
        row = None if module_hash in self._removed else self._row(module_hash)
        if row is None:
            raise KeyError(module_hash)
        return self._build(self._store, row)

    def _row(self, module_hash: object) -> int | None:
        return self._store.row_of(module_hash) if record108.is_hash(module_hash) else None

    def __setitem__(self, module_hash: str, entry: dict) -> None:
        dict.__setitem__(self, module_hash, entry)
        self._removed.discard(module_hash)

    def __delitem__(self, module_hash: str) -> None:
        if module_hash not in self:
            raise KeyError(module_hash)
        if dict.__contains__(self, module_hash):
            dict.__delitem__(self, module_hash)
        if self._row(module_hash) is not None:
            self._removed.add(module_hash)

    def __contains__(self, module_hash: object) -> bool:
        if dict.__contains__(self, module_hash):
            return True
        return module_hash not in self._removed and self._row(module_hash) is not None

    def __iter__(self) -> Iterator[str]:
        if self._removed:
            yield from (name for name in self._store.hashes() if name not in self._removed)
        else:
            yield from self._store.hashes()
        yield from self._added()

    def _added(self) -> list[str]:
        return [name for name in dict.keys(self) if self._row(name) is None]

    def __len__(self) -> int:
        return len(self._store) - len(self._removed) + len(self._added())

    # What a dictionary would do by itself with the entries that it holds, and only those.

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self))

    def copy(self) -> dict[str, dict]:
        """Returns a plain dictionary of all cells; the entries are the same."""
        return dict(self.items())

    def __or__(self, other: Mapping[str, dict]) -> dict[str, dict]:
        return {**self.copy(), **other}

    def __ror__(self, other: Mapping[str, dict]) -> dict[str, dict]:
        return {**other, **self.copy()}

    def __ior__(self, other: Mapping[str, dict]) -> "Statistics":
        self.update(other)
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} cells of {self._store.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._store, self._build), (dict(dict.items(self)), self._removed)

    def __setstate__(self, state: tuple[dict[str, dict], set[str]]) -> None:
        entries, self._removed = state
        for module_hash, entry in entries.items():
            dict.__setitem__(self, module_hash, entry)
