"""Entries that are there, damaged, or of other clips and settings."""

import dataclasses

import numpy as np
import pytest

from nasbench_templates.data.audio.decoding import ClipFormat
from nasbench_templates.data.audio.feature_cache import FeatureCache, entry_key
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.data.core import decoders

FORM, FRONT_END = ClipFormat(8000, 0.5), FrontEnd()
KEY = entry_key(b"clip", FORM, FRONT_END)
FEATURES = np.linspace(-13.8, 9.0, 24, dtype=np.float32).reshape(2, 4, 3)


@pytest.fixture
def cache(tmp_path):
    made = FeatureCache(tmp_path / "features")
    made.write(KEY, FEATURES)
    return made


def test_entry_comes_back_bit_for_bit(cache):
    stored = cache.read(KEY)
    assert stored.dtype == np.float32
    assert stored.tobytes() == FEATURES.tobytes()
    assert stored.shape == FEATURES.shape


def test_no_entry_is_none(cache):
    assert cache.read("0" * 64) is None


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "digest"])
def test_damaged_entry_is_not_trusted(cache, damage):
    path = cache.path(KEY)
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[-1] ^= 1
    elif damage == "truncate":
        content = content[:-4]
    elif damage == "empty":
        content = b""
    else:
        content[0] ^= 1
    path.write_bytes(content)
    assert cache.read(KEY) is None


def test_writing_leaves_nothing_but_the_entry(cache):
    assert [path.name for path in cache.path(KEY).parent.iterdir()] == [f"{KEY}.features"]


def test_folder_that_cannot_be_written_to_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    blocked = FeatureCache(tmp_path / "file" / "features")
    blocked.write(KEY, FEATURES)
    assert blocked.read(KEY) is None


def test_every_setting_and_the_clip_are_in_the_key():
    others = [
        entry_key(b"another clip", FORM, FRONT_END),
        *(
            entry_key(b"clip", dataclasses.replace(FORM, **change), FRONT_END)
            for change in (
                {"sample_rate_hz": 4000},
                {"seconds": 1.0},
                {"min_seconds": 0.1},
                {"recorded_rate_hz": 8000},
            )
        ),
        *(
            entry_key(b"clip", FORM, dataclasses.replace(FRONT_END, **change))
            for change in (
                {"kind": "mfcc"},
                {"windows_ms": (20.0, 50.0, 100.0)},
                {"hops_ms": (5.0, 25.0, 50.0)},
                {"fft_ms": 200.0},
                {"num_bands": 64},
                {"num_coefficients": 20},
                {"min_hz": 50.0},
                {"max_hz": 3000.0},
                {"frames_per_second": 25.0},
            )
        ),
    ]
    assert len({KEY, *others}) == 1 + len(others)
    assert entry_key(b"clip", ClipFormat(8000, 0.5), FrontEnd()) == KEY


def test_another_library_is_in_the_key(monkeypatch):
    monkeypatch.setattr(decoders, "signature", lambda: "another version of librosa")
    assert entry_key(b"clip", FORM, FRONT_END) != KEY


def test_without_a_folder_nothing_is_kept():
    homeless = FeatureCache(None)
    homeless.write(KEY, FEATURES)
    assert homeless.read(KEY) is None
