"""The benchmark's hash of one labelled graph; `cell_hashes` has that of many cells at once.

    >>> hash_module([[0, 1], [0, 0]], [-1, -2])
    '043721b9c7fe8c5fad811d47d83132ec'

Source: docs/nasbench101.md, section 3: MD5 over V rounds of neighbour aggregation.
"""

from collections.abc import Sequence

try:
    # CPython's own MD5 takes half the time of OpenSSL's for the short texts of a hash.
    from _md5 import md5 as _md5  # type: ignore[import-not-found]  # typeshed leaves it out
except ImportError:  # pragma: no cover - a Python that was built without it
    import functools
    import hashlib

    _md5 = functools.partial(hashlib.md5, usedforsecurity=False)


def hash_module(matrix: Sequence[Sequence[object]], labels: Sequence[object]) -> str:
    """Returns the benchmark's hash of a graph whose labels may be anything that has a text.

    Args:
        matrix: where edges are; it may have cycles.
        labels: one for each vertex, -1 for the input and -2 for the output of a cell.
    """
    return hash_neighbours(
        [[target for target, edge in enumerate(row) if edge] for row in matrix], labels
    )


def hash_neighbours(targets: Sequence[Sequence[int]], labels: Sequence[object]) -> str:
    """Returns the benchmark's hash of a graph.

    Args:
        targets: of each vertex those that it has an edge to.
        labels: one for each vertex.
    """
    sources: list[list[int]] = [[] for _ in targets]
    for vertex, after in enumerate(targets):
        for target in after:
            sources[target].append(vertex)
    digests = [
        _md5(str((len(after), len(before), label)).encode()).hexdigest()
        for after, before, label in zip(targets, sources, labels, strict=True)
    ]
    # This loop takes most of a look-up's time, so it is one expression, and what has one neighbour,
    # as most vertices have, is neither sorted nor joined.
    neighbours = list(zip(range(len(digests)), sources, targets, strict=True))
    for _ in targets:
        digests = [
            _md5(
                f"{digests[s[0]] if len(s) == 1 else ''.join(sorted([digests[u] for u in s]))}|"
                f"{digests[t[0]] if len(t) == 1 else ''.join(sorted([digests[w] for w in t]))}|"
                f"{digests[v]}".encode()
            ).hexdigest()
            for v, s, t in neighbours
        ]
    return _md5(str(sorted(digests)).encode()).hexdigest()
