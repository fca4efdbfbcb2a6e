"""Small audio data sets for tests."""

import csv
import io

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile", reason="the extra audio is not installed")
pytest.importorskip("librosa", reason="the extra audio is not installed")


def encode(seed, seconds=0.5, rate_hz=8000):
    """The bytes of a WAV file of noise."""
    samples = np.random.default_rng(seed).random(round(seconds * rate_hz)) - 0.5
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format="WAV")
    return buffer.getvalue()


def write(path, seed, **kwargs):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(seed, **kwargs))


def write_table(path, rows):
    """Writes dictionaries as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def write_folds(root, table="meta/esc50.csv", folds=5, takes=1, **kwargs):
    """Two classes with `takes` clips in each of some folds; class b is numbered before a."""
    rows = []
    for fold in range(1, folds + 1):
        for target, category in ((3, "b"), (7, "a")):
            for take in range(takes):
                name = f"{fold}-{take}-{target}.wav"
                write(root / "audio" / name, seed=[fold, target, take], **kwargs)
                rows.append({"filename": name, "fold": fold, "target": target,
                             "category": category})  # fmt: skip
    write_table(root / table, rows)
    return rows
