"""Features through the cache, and the report of faulty clips."""

import os
import subprocess
import sys

import clips
import numpy as np
import pytest

from nasbench_templates.data.audio import extraction, front_end
from nasbench_templates.data.audio.decoding import ClipError, ClipFormat
from nasbench_templates.data.audio.extraction import Extractor, Fault
from nasbench_templates.data.audio.feature_cache import FeatureCache, entry_key
from nasbench_templates.data.audio.front_end import FrontEnd


@pytest.fixture
def extractor(tmp_path):
    small = FrontEnd(num_bands=16, max_hz=4000.0)
    return Extractor(ClipFormat(8000, 0.5), small, FeatureCache(tmp_path / "cache"))


@pytest.fixture
def clip(tmp_path):
    return clips.write(tmp_path / "clip.wav")


def test_second_time_nothing_is_computed(extractor, clip, monkeypatch):
    first = extractor.extract(clip)
    assert first.shape == extractor.shape == (16, 25, 3)
    monkeypatch.setattr(front_end, "features", None)
    assert extractor.extract(clip).tobytes() == first.tobytes()


def test_damaged_entry_is_rebuilt(extractor, clip):
    first = extractor.extract(clip)
    entry = extractor.cache.path(entry_key(clip.read_bytes(), extractor.form, extractor.front_end))
    whole = entry.read_bytes()
    entry.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert extractor.extract(clip).tobytes() == first.tobytes()
    assert entry.read_bytes() == whole


def test_changed_clip_gets_its_own_features(extractor, clip):
    first = extractor.extract(clip)
    clips.write(clip, clips.noise(seed=1))
    assert not np.array_equal(extractor.extract(clip), first)


def test_faulty_clip_is_not_cached(extractor, clip):
    clip.write_bytes(b"no audio")
    with pytest.raises(ClipError, match="unreadable"):
        extractor.extract(clip)
    assert not extractor.cache.folder.exists()


def test_file_that_is_gone_is_unreadable(extractor, tmp_path):
    with pytest.raises(ClipError, match="unreadable: No such file"):
        extractor.extract(tmp_path / "gone.wav")


def test_report_names_every_clip_by_kind():
    faults = [
        Fault("b.wav", "too short", "0.1 s"),
        *(Fault(f"a{number}.wav", "unreadable", "noise") for number in range(5)),
    ]
    assert extraction.report(faults, 20) == (
        "6 of 20 clips cannot be used: 5 unreadable: a0.wav (noise), a1.wav (noise), "
        "a2.wav (noise), a3.wav (noise), a4.wav (noise); 1 too short: b.wav (0.1 s)"
    )


def test_user_without_home_and_name_has_features_too(tmp_path):
    """As in a container under a number of its own, where nobody's home is known."""
    path = clips.write(tmp_path / "clip.wav", clips.noise(0.5), 8000)
    code = (
        "import pathlib, pwd\n"
        "def nobody(*arguments):\n    raise KeyError('uid not found')\n"
        "pwd.getpwuid = pwd.getpwnam = nobody\n"
        "from nasbench_templates.data.audio.decoding import ClipFormat\n"
        "from nasbench_templates.data.audio.audio_options import AudioOptions\n"
        "extractor = AudioOptions(min_seconds=0.0).extractor(ClipFormat(8000, 0.5))\n"
        f"print(extractor.extract(pathlib.Path({str(path)!r})).shape)\n"
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("HOME", "XDG_CACHE_HOME", "USER", "LOGNAME")
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "(128, 25, 3)\n", done.stderr
    assert "Traceback" not in done.stderr
