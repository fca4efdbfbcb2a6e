"""Reads the IDX format of the MNIST family, plain or compressed with gzip.

An IDX file is two zero bytes, a type byte, the number of dimensions, each dimension as a big-endian
32-bit integer, and the values in C order. Only unsigned bytes are read here: the MNIST family holds
nothing else.

Source: "The IDX file format" on Yann LeCun's page of the MNIST database.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from nasbench_templates.support.errors import DataError, describe

_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x08


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Returns the array in an IDX file, uint8 and read-only.

    Args:
        path: the file; gzip is recognised by content, not by name.
        dimensions: expected number of dimensions, 3 for images `(images, height, width)` and 1 for
            labels `(images,)`.

    Raises:
        DataError: the file cannot be read or decompressed, is not IDX, holds another type or number
            of dimensions, or is shorter or longer than its header says.
    """
    content = _read(path)
    header_bytes = 4 + 4 * dimensions
    if len(content) < 4 or content[:2] != b"\x00\x00":
        raise DataError(
            f"{path}: expected an IDX file, which starts with 00 00, "
            f"received {content[:4].hex(' ') or 'an empty file'}"
        )
    if content[2] != _UNSIGNED_BYTE:
        raise DataError(
            f"{path}: expected IDX type 0x08 (unsigned byte), received 0x{content[2]:02x}"
        )
    if content[3] != dimensions:
        raise DataError(f"{path}: expected {dimensions} dimensions, received {content[3]}")
    if len(content) < header_bytes:
        raise DataError(
            f"{path}: expected a header of {header_bytes} bytes, received {len(content)} bytes"
        )
    shape = tuple(
        int.from_bytes(content[start : start + 4], "big") for start in range(4, header_bytes, 4)
    )
    # Python integers: the sizes in a damaged header must not overflow into a match.
    expected_bytes = header_bytes + math.prod(shape)
    if len(content) != expected_bytes:
        raise DataError(
            f"{path}: expected {expected_bytes} bytes for dimensions {shape}, "
            f"received {len(content)}"
        )
    return np.frombuffer(content, np.uint8, offset=header_bytes).reshape(shape)


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(_GZIP_MAGIC) else content
    except OSError as error:  # gzip.BadGzipFile included
        raise DataError(f"{path}: expected a readable IDX file: {describe(error)}") from error
    except (EOFError, zlib.error) as error:
        raise DataError(f"{path}: expected a complete gzip file: {describe(error)}") from error
