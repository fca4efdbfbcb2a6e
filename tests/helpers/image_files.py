"""Writes small data files in the formats that the package reads."""

import gzip
import io
import json
import pickle
import struct
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")


def write_idx(path: Path, array: np.ndarray) -> Path:
    header = bytes([0, 0, 0x08, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    content = header + array.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    return path


def write_mnist(folder: Path, value: int = 7, suffix: str = ".gz", train: int = 5003) -> Path:
    """Writes `train` training images and 4 test images; every pixel has the same value."""
    for part, count in (("train", train), ("t10k", 4)):
        images = np.full((count, 28, 28), value, np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        write_idx(folder / f"{part}-images-idx3-ubyte{suffix}", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte{suffix}", labels)
    return folder


def batch_content(name: str, rows: int = 3) -> bytes:
    """Every pixel of row r in batch b is 40 * b + r, and its label is r."""
    values = 40 * BATCHES.index(name) + np.arange(rows)
    pixels = np.repeat(values, 3072).reshape(rows, 3072).astype(np.uint8)
    return pickle.dumps({"data": pixels, "labels": list(range(rows))}, protocol=2)


def write_batches(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in BATCHES:
        (folder / name).write_bytes(batch_content(name))
    return folder


def write_archive(path: Path, names: Sequence[str] = BATCHES) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in ("batches.meta", *names):
            content = batch_content(name) if name in BATCHES else b"meta"
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def write_cifar100(folder: Path, train: int = 200, test: int = 3) -> Path:
    """Image r has the value r modulo 256 everywhere and the fine label r modulo 2."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", train), ("test", test)):
        values = np.arange(rows)
        pixels = np.repeat(values, 3072).reshape(rows, 3072).astype(np.uint8)
        labels = {"fine_labels": (values % 2).tolist(), "coarse_labels": [9] * rows}
        (folder / name).write_bytes(pickle.dumps({"data": pixels, **labels}, protocol=2))
    return folder


def encode_image(
    value: int | tuple[int, int, int], mode: str = "RGB", size: int = 32, form: str = "PNG"
) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.new(mode, (size, size), value).save(stream, form)
    return stream.getvalue()


def write_shard(
    path: Path,
    images: Sequence[bytes | None],
    labels: Sequence[object],
    columns: tuple[str, str] = ("img", "label"),
) -> Path:
    """Writes encoded images and labels under the given column names."""
    import pyarrow as pa
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    struct_type = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    cells = [{"bytes": image, "path": None} for image in images]
    table = pa.table({columns[0]: pa.array(cells, struct_type), columns[1]: pa.array(labels)})
    parquet.write_table(table, path)
    return path


def name_classes(path: Path, names: Sequence[str], column: str = "label") -> None:
    """Writes class names into the hub's metadata of a shard."""
    from pyarrow import parquet

    features = {column: {"names": list(names), "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    parquet.write_table(parquet.read_table(path).replace_schema_metadata(metadata), path)


def encode_array(pixels: np.ndarray, form: str = "PNG") -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form)
    return stream.getvalue()


def write_classes(
    folder: Path,
    classes: Sequence[str] = ("cat", "dog"),
    count: int = 10,
    start: int = 0,
    size: int = 4,
    inner: str = "",
    suffix: str = ".png",
) -> Path:
    """Writes `count` images a class; the n-th of all has red start + n modulo 256 everywhere."""
    for position, name in enumerate(classes):
        target = folder / name / inner
        target.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            value = (start + position * count + number) % 256
            form = "JPEG" if suffix.lower() in (".jpg", ".jpeg") else "PNG"
            content = encode_image((value, 0, 0), size=size, form=form)
            (target / f"{number:03d}{suffix}").write_bytes(content)
    return folder
