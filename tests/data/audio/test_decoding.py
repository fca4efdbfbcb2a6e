"""Clips of all formats, lengths and rates, and those that are refused."""

import clips
import numpy as np
import pytest

from nasbench_templates.data.audio import decoding
from nasbench_templates.data.audio.decoding import ClipError, ClipFormat
from nasbench_templates.support.errors import ConfigError

FORM = ClipFormat(8000, 0.5)


@pytest.mark.parametrize("form", ["WAV", "FLAC"])
def test_lossless_formats_give_the_stored_samples(form):
    stored = np.round(clips.noise() * 32768) / 32768  # 16-bit values
    decoded = decoding.decode(clips.encode(stored, form=form, subtype="PCM_16"), FORM)
    assert decoded.dtype == np.float32
    assert decoded.tolist() == stored.tolist()


def test_ogg_is_read():
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    decoded = decoding.decode(clips.encode(tone, form="OGG"), FORM)
    assert np.corrcoef(decoded, tone)[0, 1] > 0.99


def test_channels_are_averaged():
    stereo = np.stack([np.full(4000, 0.5), np.full(4000, 0.25)], axis=1)
    assert set(decoding.decode(clips.encode(stereo), FORM)) == {0.375}


def test_long_clip_loses_its_end():
    samples = np.arange(1, 6001) / 32768
    decoded = decoding.decode(clips.encode(samples), FORM)
    assert (decoded * 32768).tolist() == list(range(1, 4001))


def test_short_clip_is_padded_with_zeros():
    decoded = decoding.decode(clips.encode(np.full(3000, 0.5)), FORM)
    assert decoded.tolist() == [0.5] * 3000 + [0.0] * 1000


@pytest.mark.parametrize("rate_hz", [16_000, 4_000, 11_025])
def test_other_rate_is_resampled(rate_hz):
    seconds = np.arange(rate_hz) / rate_hz
    decoded = decoding.decode(clips.encode(0.5 * np.sin(2 * np.pi * 440 * seconds), rate_hz), FORM)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    # Away from the ends, where the filter sees the outside; 16-bit steps are 3e-5.
    np.testing.assert_allclose(decoded[400:-400], expected[400:-400], atol=1e-3)


def refused(content, form=FORM):
    with pytest.raises(ClipError) as caught:
        decoding.decode(content, form)
    return caught.value.kind, caught.value.detail


def test_what_is_no_audio_is_unreadable():
    kind, detail = refused(b"RIFF but nothing else")
    assert kind == decoding.UNREADABLE
    assert detail.startswith("expected WAV, FLAC, OGG or MP3: ")
    assert "object at 0x" not in detail


def test_clip_without_bytes_samples_or_sound_is_empty():
    assert refused(b"") == ("empty", "expected audio, received a file of 0 bytes")
    assert refused(clips.encode(np.zeros(0))) == ("empty", "expected sound, received no sample")
    assert refused(clips.encode(np.zeros(9))) == ("empty", "expected sound, received only zeros")


def test_short_clip_is_refused_below_the_least_length():
    form = ClipFormat(8000, 0.5, min_seconds=0.25)
    assert refused(clips.encode(clips.noise(0.2)), form) == (
        "too short",
        "expected at least 0.25 s, received 0.2 s",
    )
    assert decoding.decode(clips.encode(clips.noise(0.25)), form).shape == (4000,)


def test_truncated_file_is_too_short_whatever_its_header_says():
    content = clips.encode(clips.noise(0.5))
    form = ClipFormat(8000, 0.5, min_seconds=0.4)
    assert refused(content[: len(content) // 2], form)[0] == "too short"


def test_other_rate_is_refused_where_one_is_prescribed():
    form = ClipFormat(4000, 0.5, recorded_rate_hz=8000)
    assert refused(clips.encode(clips.noise(), 16_000), form) == (
        "wrongly sampled",
        "expected 8000 Hz, received 16000 Hz",
    )
    assert decoding.decode(clips.encode(clips.noise(), 8000), form).shape == (2000,)


def test_samples_that_are_not_finite_are_unreadable():
    samples = clips.noise()
    samples[7] = np.nan
    kind, detail = refused(clips.encode(samples, subtype="FLOAT"))
    assert (kind, detail) == ("unreadable", "expected finite samples, received NaN or infinity")


def test_header_tells_rate_and_length(tmp_path):
    path = clips.write(tmp_path / "clip.wav", clips.noise(0.5), 8000)
    assert decoding.read_header(path) == (8000, 0.5)


def test_header_of_what_is_no_audio_is_unreadable(tmp_path):
    (tmp_path / "empty.wav").write_bytes(b"")
    for name in ("empty.wav", "gone.wav"):
        with pytest.raises(ClipError, match="unreadable"):
            decoding.read_header(tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1.0), "a sample rate above 0 Hz, received 0"),
        ((8000, 0.0), "at least one sample, received 0.0 s"),
        ((8000, float("nan")), "at least one sample, received nan s"),
        ((8000, 1.0, 2.0), r"a least length of 0..1 s, received 2 s"),
    ],
)
def test_format_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        ClipFormat(*arguments)


def test_missing_library_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(ConfigError, match=r"expected soundfile.*nasbench_templates\[audio\]"):
        decoding.decode(b"RIFF", FORM)
