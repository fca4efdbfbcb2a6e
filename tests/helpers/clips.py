"""Small audio files for tests."""

import io

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile", reason="the extra audio is not installed")
pytest.importorskip("soxr", reason="the extra audio is not installed")
pytest.importorskip("librosa", reason="the extra audio is not installed")


def noise(seconds=0.5, rate_hz=8000, seed=0):
    """Samples in [-0.5, 0.5), float32."""
    count = round(seconds * rate_hz)
    return np.random.default_rng(seed).random(count, dtype=np.float32) - np.float32(0.5)


def encode(samples, rate_hz=8000, form="WAV", subtype=None):
    """The bytes of an audio file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format=form, subtype=subtype)
    return buffer.getvalue()


def write(path, samples=None, rate_hz=8000, **kwargs):
    """Writes an audio file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = encode(noise() if samples is None else samples, rate_hz, **kwargs)
    path.write_bytes(content)
    return path
