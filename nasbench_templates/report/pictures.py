"""Writes a figure of matplotlib into a file, whole or not at all."""

import io
import pathlib
from typing import TYPE_CHECKING

from nasbench_templates.support import files

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write(figure: "Figure", path: str | pathlib.Path) -> None:
    """Writes a figure in the format of the path's suffix.

    Raises:
        OSError: the file cannot be written; what was there stays.
    """
    path = pathlib.Path(path)
    # By way of memory: some of the writers end in an error of their own on a full disk.
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix.lstrip(".").lower(), dpi=150)
    with files.replacing(path) as partial:
        partial.write_bytes(content.getbuffer())
