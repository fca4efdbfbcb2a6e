"""The run folders below a folder, read back: what they ask for and what they gave."""

import json
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nasbench_templates.runs import stored
from nasbench_templates.support import files

UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder.

    Attributes:
        path: relative to the folder of all results.
        network: its name, which all templates of it share.
        total_gap: of a redistribution: how far its total of filters is from the base's, relative.
        config: what identifies it.
        result: its figures and status; the status alone for a run that has none yet.
    """

    path: str
    network: str
    total_gap: float
    config: Mapping[str, Any]
    result: Mapping[str, Any]

    @property
    def status(self) -> str:
        """`finished`, `interrupted`, `failed` or `unfinished`."""
        return str(self.result["status"])

    @property
    def is_smoke(self) -> bool:
        """Whether data were cut to a few images, for a trial of the whole chain."""
        return bool(self.config.get("smoke", False))

    @property
    def comparable(self) -> str:
        """What runs share that may be compared: all but template, widths, graph and seed.

        The graph is left out as bases may have one of their own; the network's name stands for it.
        """
        varied = ("template", "filters", "graph_sha256", "seed", "schema")
        shared = {key: value for key, value in self.config.items() if key not in varied}
        return json.dumps({**shared, "network": self.network}, sort_keys=True)

    @property
    def variant(self) -> tuple[str, tuple[int, ...], str]:
        """What the runs of one row share besides: template, widths and graph."""
        config = self.config
        return config["template"], tuple(config["filters"]), config["graph_sha256"]


def read(folder: pathlib.Path, faults: dict[str, str]) -> Iterator[Run]:
    """Yields the runs below a folder, at any depth, by path.

    Args:
        folder: in which they are.
        faults: receives, by path, what is wrong with runs that are left out.
    """
    for path in sorted(folder.rglob("config.json")):
        place = path.parent.relative_to(folder).as_posix()
        config = files.read_json(path) or {}
        result_path = path.parent / "result.json"
        result: files.JsonObject = {"status": UNFINISHED}
        fault = stored.config_fault(config or None)
        if fault is None and result_path.is_file():
            result = files.read_json(result_path) or {}
            fault = stored.result_fault(result, config)
        if fault is not None:
            faults[place] = fault
            continue
        architecture = files.read_json(path.parent / "architecture.json") or {}
        # Without a name the graph keeps networks apart, at the price of bases with their own.
        unnamed = f"{config['model']} {config['graph_sha256'][:8]}"
        network = str(architecture.get("network", unnamed))
        gap = architecture.get("gap")
        gap = gap if isinstance(gap, int | float) else 0.0
        yield Run(place, network, gap, config, result)
