"""The networks of a sweep, before a data set decides their input and classes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nasbench_templates.benchmark_records import asked_cells, cell_texts
from nasbench_templates.data.core.dataset import DatasetInfo
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.networks import architecture, named_cells
from nasbench_templates.networks.named_cells import CELL_MODEL, Skeleton
from nasbench_templates.networks.registered import architectures, outside
from nasbench_templates.space import cell_lists
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import presets

_JSON = ".json"


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """One network.

    Attributes:
        label: what it is called in folders and tables.
        model: registered architecture, or a file that settings of networks take.
        options: of the architecture.
        skeleton: that its cell is known with.
    """

    label: str
    model: str
    options: Mapping[str, Any]
    skeleton: Skeleton | None = None

    def on(self, info: DatasetInfo) -> NetworkSettings:
        """Returns the network for a data set, with the skeleton that suits its images.

        Raises:
            UnknownNameError: no such architecture.
            SpecError: a malformed cell.
        """
        options = dict(self.options)
        if self.model == CELL_MODEL:
            preset = presets.preset_for(info.input_shape, info.is_audio)
            options = named_cells.with_skeleton(options, preset.skeleton or self.skeleton)
        return NetworkSettings(self.model, info.input_shape, info.num_classes, options)


def of_entry(
    entry: str | Mapping[str, Any], options: Mapping[str, Any], record_paths: Sequence[str]
) -> Iterator[NetworkChoice]:
    """Yields the networks that an entry of a sweep stands for.

    Args:
        entry: a registered architecture, a cell as `cell_texts.resolve` takes it, a file with a
            cell a line (`.jsonl`, `.txt`) or a Keras model as `NetworkSettings` takes it; or a
            mapping with `model`, `cell` or `cells` (such a file) and `options`, `label` or `limit`.
        options: of networks around cells; an entry's own go before.
        record_paths: where hashes are looked up.

    Raises:
        ConfigError: neither of these, or a file that cannot be read.
        SpecError: a malformed cell.
        RecordError: damaged records.
    """
    if isinstance(entry, str):
        entry = {_kind(entry): entry}
    own, label = entry.get("options", {}), entry.get("label")
    if "model" in entry:
        name, named = architecture.resolve(entry["model"], own)
        kind = outside.get(name).outside if name in outside else None
        title = name if kind is None else kind.title(entry["model"])
        yield NetworkChoice(label or title, name, named)
        return
    cells = (
        cell_lists.read(entry["cells"], record_paths, limit=entry.get("limit"))
        if "cells" in entry
        else [_cell(entry["cell"], record_paths)]
    )
    for found in cells:
        shared = {**options, **own, "cell": found.cell}
        name = found.name if found.skeleton else named_cells.name_of(found.cell)
        yield NetworkChoice(label or name, CELL_MODEL, shared, found.skeleton)


def _kind(text: str) -> str:
    if text.endswith(cell_lists.ENDINGS):
        return "cells"
    if text in named_cells.named_cells or text.startswith("{") or text.endswith(_JSON):
        return "cell"
    name, _ = architecture.resolve(text, {})
    return "model" if name in architectures or name in outside else "cell"


def _cell(cell: str | Mapping[str, Any], record_paths: Sequence[str]) -> cell_texts.FoundCell:
    if isinstance(cell, str):
        if cell.endswith(cell_lists.ENDINGS):
            raise ConfigError(
                f"expected one cell, received {cell}, a file with a cell a line: write cells: "
                f"{cell}, or the file alone"
            )
        return cell_texts.resolve(cell, record_paths)
    return cell_texts.FoundCell(asked_cells.cell_of(cell), "cell")
