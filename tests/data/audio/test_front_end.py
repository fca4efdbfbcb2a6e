"""Features against the same formulas written out with NumPy and SciPy alone."""

import clips
import numpy as np
import pytest
import scipy.fft
from PIL import Image

from nasbench_templates.data.audio import front_end
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.support.errors import ConfigError


def log_mel_by_hand(samples, rate_hz, fft, window, hop, num_bands):
    """The table of docs/audio.md, step by step."""
    # Periodic Hann window in the middle of the frame.
    hann = np.zeros(fft)
    start = (fft - window) // 2
    hann[start : start + window] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    # Reflection without repeating the sample at the edge.
    half = fft // 2
    padded = np.concatenate([samples[half:0:-1], samples, samples[-2 : -half - 2 : -1]])
    starts = range(0, len(padded) - fft + 1, hop)
    spectrum = np.fft.rfft([padded[each : each + fft] * hann for each in starts], axis=1)
    power = np.abs(spectrum.T) ** 2
    # Triangles between equal steps of HTK's mel scale, 2595 log10(1 + f / 700).
    highest = 2595 * np.log10(1 + rate_hz / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, num_bands + 2) / 2595) - 1)
    frequencies = np.arange(fft // 2 + 1) * rate_hz / fft
    bands = []
    for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
        rising = (frequencies - low) / (middle - low)
        falling = (high - frequencies) / (high - middle)
        bands.append(np.maximum(0, np.minimum(rising, falling)))
    return np.log(np.array(bands) @ power + 1e-6)


def resized(plane, height, width):
    image = Image.fromarray(plane.astype(np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


@pytest.mark.parametrize("amplitude", [1.0, 1e-4])
def test_log_mel_equals_the_formulas(amplitude):
    rate_hz = 44_100
    tone = np.sin(2 * np.pi * 3000 * np.arange(rate_hz) / rate_hz)
    samples = amplitude * (tone + 0.01 * clips.noise(1.0, rate_hz)) / 2
    features = front_end.features(samples, rate_hz, FrontEnd())
    assert features.shape == (128, 50, 3)
    assert features.dtype == np.float32
    for channel, (window, hop) in enumerate([(1102, 441), (2205, 1102), (4410, 2205)]):
        plane = log_mel_by_hand(samples, rate_hz, 4410, window, hop, 128)
        expected = resized(plane, 128, 50)
        # The project's promise; both paths compute in float64 and round to float32.
        np.testing.assert_allclose(features[:, :, channel], expected, atol=1e-4)


def test_mfcc_is_the_orthonormal_cosine_transform():
    samples = clips.noise(0.5, 8000)
    settings = FrontEnd("mfcc", windows_ms=(50,), hops_ms=(25,), num_bands=32, num_coefficients=13)
    features = front_end.features(samples, 8000, settings)
    plane = log_mel_by_hand(samples.astype(np.float64), 8000, 800, 400, 200, 32)
    expected = scipy.fft.dct(plane, type=2, norm="ortho", axis=0)[:13]
    assert features.shape == (13, 25, 1)
    np.testing.assert_allclose(features[:, :, 0], resized(expected, 13, 25), atol=1e-4)


def test_settings_mean_the_same_at_every_rate():
    settings = FrontEnd(num_bands=16, max_hz=4000.0)
    maps = []
    for rate_hz in (8000, 16_000):
        tone = np.sin(2 * np.pi * 1000 * np.arange(rate_hz) / rate_hz)
        features = front_end.features(tone, rate_hz, settings)
        assert features.shape == (16, 50, 3)
        maps.append(features[:, 25, 1].argmax())
    # 4000 Hz are 2146 mel, in 17 steps of 126; band 7 has its middle at 1010, next to 1000 Hz.
    assert maps == [7, 7]


def test_lengths_are_rounded_to_even_as_in_the_public_code():
    assert front_end.num_samples(10, 22_050) == 220
    assert front_end.num_samples(25, 22_050) == 551
    assert front_end.num_samples(0.001, 8000) == 1


def test_published_shapes():
    assert FrontEnd().shape(5.0) == (128, 250, 3)
    assert FrontEnd().shape(30.0) == (128, 1500, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "cqt"}, "expected one of log_mel, mfcc, received cqt"),
        ({"hops_ms": (10.0,)}, "as many hops as windows"),
        ({"windows_ms": (), "hops_ms": ()}, "at least one"),
        ({"hops_ms": (10.0, 25.0, 0.0)}, "above 0"),
        ({"fft_ms": 50.0}, "windows of at most the FFT's 50 ms"),
        ({"num_bands": 0}, "at least one mel band"),
        ({"kind": "mfcc", "num_coefficients": 129}, r"1\.\.128 coefficients"),
        ({"min_hz": 500.0, "max_hz": 400.0}, "0 <= min_hz < max_hz"),
        ({"frames_per_second": float("nan")}, "frames per second above 0"),
    ],
)
def test_settings_that_make_no_features_are_refused(changes, message):
    with pytest.raises(ConfigError, match=f"audio features: .*{message}"):
        FrontEnd(**changes)


@pytest.mark.parametrize(
    ("settings", "count", "message"),
    [
        (FrontEnd(), 400, "clips of more than 400 samples, half an FFT, received 400"),
        (FrontEnd(max_hz=5000.0), 8000, "bands between 0 and 4000 Hz"),
        (FrontEnd(num_bands=2000), 8000, r"received \d+ of 2000 empty bands"),
        (FrontEnd(frames_per_second=0.1), 8000, "at least one frame in 1 s"),
    ],
)
def test_settings_that_do_not_fit_the_clip_are_refused(settings, count, message):
    with pytest.raises(ConfigError, match=message):
        front_end.features(np.ones(count), 8000, settings)


def test_real_clip_equals_the_formulas(data_folder):
    path = data_folder / "esc50" / "audio" / "1-17742-A-12.wav"
    samples, rate_hz = clips.soundfile.read(path, dtype="float32")
    features = front_end.features(samples, rate_hz, FrontEnd())
    plane = log_mel_by_hand(samples.astype(np.float64), rate_hz, 4410, 1102, 441, 128)
    np.testing.assert_allclose(features[:, :, 0], resized(plane, 128, 250), atol=1e-4)
