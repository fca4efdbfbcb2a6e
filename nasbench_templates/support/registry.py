"""Named collections of architectures, templates, cells, data sets and recipes.

A plug-in is one file: it registers itself under a name when its package is imported, and every job
finds it through the registry. Nothing here knows what is registered.

Packages of users register theirs likewise. They are imported when a name is not known, or all names
are asked for: those that name a module as an entry point of the registry's group, and the modules
in the environment variable `NASBENCH_TEMPLATES_IMPORT` (what `--import` sets):

    [project.entry-points."nasbench_templates.architectures"]
    mine = "my_package.networks"
"""

import fnmatch
import functools
import importlib
import os
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Generic, NamedTuple, Protocol, TypeVar

from nasbench_templates.support.errors import ConfigError, UnknownNameError, describe

# Modules to import, separated by commas; worker processes inherit it.
IMPORT_VARIABLE = "NASBENCH_TEMPLATES_IMPORT"

Entry = TypeVar("Entry")


class Named(Protocol):
    """What tells its own name."""

    @property
    def name(self) -> str:
        """Under which it is found."""


class Family(NamedTuple):
    """Entries with parameters, made when their name is asked for.

    Attributes:
        make: the entry for the text between the parentheses; its `name` is the canonical one.
        usage: how such names are written, for listings.
        description: one line for listings.
    """

    make: Callable[[str], Named]
    usage: str
    description: str


class Registry(Generic[Entry]):
    """Entries of one kind by name, in the order of registration.

    Args:
        kind: what the entries are called in messages, for example `"template"`.
        package: package whose modules register the entries, or the one module that does; imported
            at the first look-up, so that importing the registry costs nothing.
        group: group of entry points by which users' packages add theirs; `None`: only the
            environment variable does.
        ignores_case: whether `VGG11` finds `vgg11`; not where other names are the user's own.
    """

    def __init__(
        self, kind: str, package: str, group: str | None = None, *, ignores_case: bool = True
    ):
        self._group = group
        self.kind = kind
        self._ignores_case = ignores_case
        self._aliases: dict[str, str] = {}
        self._families: dict[str, Family] = {}
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._discovered = False
        self._is_extended = False

    def register(self, name: str, entry: Entry) -> Entry:
        """Adds `entry` and returns it.

        Raises:
            ValueError: the name is taken; an entry is never silently replaced.
        """
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._entries[name] = entry
        return entry

    def alias(self, other: str, name: str) -> None:
        """Lets `other` stand for `name` too; it is not listed.

        Raises:
            ValueError: the other name is taken.
        """
        if other in self._entries or other in self._aliases:
            raise ValueError(f"{self.kind} {other!r} is registered twice")
        self._aliases[other] = name

    def register_family(
        self, name: str, make: Callable[[str], Named], usage: str, description: str
    ) -> None:
        """Adds entries called `name(...)`, see `Family`.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._families:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._families[name] = Family(functools.lru_cache(maxsize=4096)(make), usage, description)

    @property
    def families(self) -> tuple[Family, ...]:
        """The kinds of entries with parameters."""
        self._extend()
        return tuple(self._families.values())

    def _made(self, name: str) -> Named | None:
        """Returns the entry that a name with parameters stands for; `None` for other names."""
        if not isinstance(name, str):
            return None  # `get` says that it is none
        head, parenthesis, rest = name.strip().partition("(")
        if not parenthesis or not rest.endswith(")"):
            return None
        for look in (self._discover, self._extend):
            look()
            known = self._families.get(head.lower() if self._ignores_case else head)
            if known is not None:
                return known.make(rest[:-1])
        return None

    def canonical(self, name: str) -> str:
        """Returns the registered name that a name stands for, or itself if it is unknown.

        Raises:
            ConfigError: parameters that no entry can have.
        """
        made = self._made(name)
        if made is not None:
            return made.name
        if not isinstance(name, str):
            return name
        for look in (self._discover, self._extend):
            look()
            if name in self._entries:
                return name
            for known in (*self._entries, *self._aliases):
                if known == name or (self._ignores_case and known.lower() == name.lower()):
                    return self._aliases.get(known, known)
        return name

    def get(self, name: str) -> Entry:
        """Returns the entry called `name`, by another name or in other letters where that is meant.

        Raises:
            UnknownNameError: there is none; the message lists the closest names.
            ConfigError: parameters that no entry can have.
        """
        made = self._made(name)
        if made is not None:
            return made  # type: ignore[return-value]  # what a family makes is an entry
        if not isinstance(name, str):
            raise UnknownNameError(f"expected the name of a {self.kind}, received {name!r:.80}")
        found = self.canonical(name)
        if found in self._entries:
            return self._entries[found]
        import difflib  # only needed to word this error

        names = (*self._entries, *self._aliases)
        close = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
        known = ", ".join(close or self._entries)
        hint = "did you mean" if close else "expected one of"
        raise UnknownNameError(f"unknown {self.kind} {name!r}: {hint} {known}")

    def names(self, pattern: str = "*") -> tuple[str, ...]:
        """Returns the registered names that match a shell-style pattern."""
        self._extend()
        return tuple(fnmatch.filter(self._entries, pattern))

    def known_names(self) -> tuple[str, ...]:
        """Returns the names that are registered already, without a look for users' packages."""
        self._discover()
        return tuple(self._entries)

    def __contains__(self, name: object) -> bool:
        # What `get` finds, also by another name or in other letters.
        if not isinstance(name, str):
            return False
        return self._made(name) is not None or self.canonical(name) in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __repr__(self) -> str:
        return f"<{self.kind}s: {', '.join(self)}>"

    def _discover(self) -> None:
        if not self._discovered:
            self._discovered = True
            import_modules(importlib.import_module(self._package))

    def _extend(self) -> None:
        """Imports what users' packages add; looking for them takes longer than our own names."""
        self._discover()
        if not self._is_extended:
            import_named_modules(os.environ.get(IMPORT_VARIABLE, ""))
            if self._group is not None:
                _load_entry_points(self._group)
            self._is_extended = True


@functools.cache
def import_named_modules(names: str) -> None:
    """Imports a user's modules, whose entries register themselves.

    Args:
        names: of the modules, separated by commas.

    Raises:
        ConfigError: one cannot be imported, for whatever reason it gives.
    """
    for name in filter(None, names.split(",")):
        try:
            importlib.import_module(name)
        except Exception as error:  # a user's code may raise anything
            raise ConfigError(
                f"expected a module to import, {name}: {type(error).__name__}: {describe(error)}"
            ) from error


def _load_entry_points(group: str) -> None:
    from importlib import metadata

    for point in metadata.entry_points(group=group):
        try:
            point.load()
        except Exception as error:  # a user's code may raise anything
            raise ConfigError(
                f"{group}: the package that adds {point.name} cannot be imported ({point.value}): "
                f"{type(error).__name__}: {describe(error)}"
            ) from error


def import_modules(package: ModuleType) -> None:
    """Imports every module directly inside a package, so that its entries register themselves."""
    import pkgutil

    for module in pkgutil.iter_modules(getattr(package, "__path__", ())):
        importlib.import_module(f"{package.__name__}.{module.name}")
