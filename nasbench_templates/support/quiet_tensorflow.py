"""TensorFlow's own messages while it is loaded, kept from standard error.

`TF_CPP_MIN_LOG_LEVEL` silences what TensorFlow says once its logging is set up; what its libraries
say before that (`cudart_stub.cc`, `port.cc`, `cpu_feature_guard.cc`) ignores every setting and goes
to file descriptor 2. So while the module is imported, that descriptor is a file, from which all
other lines are passed on. Nothing happens before TensorFlow is imported, and nothing is silenced
for somebody who sets the variable to another level.
"""

import contextlib
import importlib.abc
import importlib.machinery
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

_VARIABLE, _QUIET = "TF_CPP_MIN_LOG_LEVEL", "3"
_MODULE = "tensorflow"
# What TensorFlow's C++ libraries write: level, date, place; and what goes with such lines.
_CHATTER = re.compile(
    rb"[IWE]\d{4} .*\.cc:\d+\]|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions:|To turn them off, set the environment variable"
)


def install(on_load: Callable[[], None] | None = None) -> None:
    """Has TensorFlow loaded quietly, if it is loaded later.

    Args:
        on_load: called before it is loaded, which takes seconds; of several calls the last counts.
    """
    installed = next((each for each in sys.meta_path if isinstance(each, _Finder)), None)
    if installed is not None:
        installed.on_load = on_load or installed.on_load
        return
    # Processes that this one starts inherit the level, and are as quiet.
    if os.environ.setdefault(_VARIABLE, _QUIET) != _QUIET or _MODULE in sys.modules:
        return
    sys.meta_path.insert(0, _Finder(on_load))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as the other finders do, and wraps how it is loaded."""

    def __init__(self, on_load: Callable[[], None] | None):
        self.on_load = on_load

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self.on_load)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader, on_load: Callable[[], None] | None):
        self._loader = loader
        self._on_load = on_load

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if self._on_load is not None:
            self._on_load()
        with _without_chatter():
            self._loader.exec_module(module)
        import logging

        # Its deprecations are for those who call it, which is us.
        logging.getLogger(_MODULE).setLevel(logging.ERROR)

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)


@contextlib.contextmanager
def _without_chatter() -> Iterator[None]:
    """Keeps what is written to file descriptor 2, then writes all but chatter to it."""
    try:
        _flush()
        plain = os.dup(2)
    except OSError:  # closed
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(plain, 2)
            os.close(plain)
            kept.seek(0)
            for line in kept:
                if not _CHATTER.match(line):
                    with contextlib.suppress(OSError):
                        os.write(2, line)


def _flush() -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
