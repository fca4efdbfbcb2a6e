"""Turns the samples of a clip into feature maps: log-mel spectrograms or MFCCs.

One map for each window, stacked as the channels of an image; every map is resized to the same
number of frames. Lengths are in milliseconds and frequencies in Hz, so that one setting suits every
sampling rate. Short-time transform, mel bands and cosine transform are librosa's (extra `audio`).

Source: docs/audio.md; K. Palanisamy et al. (arXiv:2007.11154), whose values are torchaudio's.
"""

import functools
import math
import threading
import warnings
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nasbench_templates.data.audio.libraries import import_library
from nasbench_templates.support.errors import ConfigError

FeatureKind = Literal["log_mel", "mfcc"]
FEATURE_KINDS = get_args(FeatureKind)
# Added to the power in each band before its logarithm.
_FLOOR = 1e-6
_WARNINGS = threading.Lock()


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """Settings of the features.

    Attributes:
        kind: `"log_mel"`: natural logarithm of (power in each mel band + 1e-6), lowest band first;
            `"mfcc"`: the first coefficients of its orthonormal cosine transform (type II).
        windows_ms: lengths of the Hann windows, one for each channel.
        hops_ms: distances between their frames, as many.
        fft_ms: length of the transform, in whose middle a window lies; at least every window.
        num_bands: mel bands (HTK's scale, triangles of height 1).
        num_coefficients: of MFCCs, at most `num_bands`.
        min_hz: lower end of the lowest band.
        max_hz: upper end of the highest band; `None`: half the sampling rate.
        frames_per_second: of the maps given out, to which all are resized.

    Raises:
        ConfigError: values that make no features.
    """

    kind: FeatureKind = "log_mel"
    windows_ms: tuple[float, ...] = (25.0, 50.0, 100.0)
    hops_ms: tuple[float, ...] = (10.0, 25.0, 50.0)
    fft_ms: float = 100.0
    num_bands: int = 128
    num_coefficients: int = 40
    min_hz: float = 0.0
    max_hz: float | None = None
    frames_per_second: float = 50.0

    def __post_init__(self) -> None:
        _check(self.kind in FEATURE_KINDS, f"one of {', '.join(FEATURE_KINDS)}", self.kind)
        _check(
            len(self.windows_ms) == len(self.hops_ms) > 0,
            "as many hops as windows, at least one",
            (self.windows_ms, self.hops_ms),
        )
        lengths = (*self.windows_ms, *self.hops_ms, self.fft_ms, self.frames_per_second)
        _check(
            all(math.isfinite(each) and each > 0 for each in lengths),
            "windows, hops, FFT and frames per second above 0",
            lengths,
        )
        _check(
            max(self.windows_ms) <= self.fft_ms,
            f"windows of at most the FFT's {self.fft_ms:g} ms",
            self.windows_ms,
        )
        _check(self.num_bands >= 1, "at least one mel band", self.num_bands)
        _check(
            1 <= self.num_coefficients <= self.num_bands or self.kind != "mfcc",
            f"1..{self.num_bands} coefficients, as many as bands",
            self.num_coefficients,
        )
        _check(
            0 <= self.min_hz < (math.inf if self.max_hz is None else self.max_hz),
            "0 <= min_hz < max_hz",
            (self.min_hz, self.max_hz),
        )

    def shape(self, seconds: float) -> tuple[int, int, int]:
        """Returns `(bands or coefficients, frames, windows)` of a clip's features.

        Raises:
            ConfigError: the clip is too short for a frame.
        """
        height = self.num_bands if self.kind == "log_mel" else self.num_coefficients
        width = round(self.frames_per_second * seconds)
        _check(width >= 1, f"at least one frame in {seconds:g} s", width)
        return height, width, len(self.windows_ms)


def features(samples: np.ndarray, sample_rate_hz: int, front_end: FrontEnd) -> np.ndarray:
    """Returns the feature maps of a clip.

    Args:
        samples: `(samples,)`, of any floating type; more than half an FFT.
        sample_rate_hz: their rate.
        front_end: what to compute.

    Returns:
        float32 of `front_end.shape(len(samples) / sample_rate_hz)`.

    Raises:
        ConfigError: the samples are too few, a band lies above half the sampling rate or holds no
            frequency of the transform, or librosa is not installed.
    """
    height, width, _ = front_end.shape(len(samples) / sample_rate_hz)
    fft_length = num_samples(front_end.fft_ms, sample_rate_hz)
    _check(
        len(samples) > fft_length // 2,
        f"clips of more than {fft_length // 2} samples, half an FFT",
        len(samples),
    )
    planes = [
        _resize(_plane(samples, sample_rate_hz, front_end, window_ms, hop_ms), height, width)
        for window_ms, hop_ms in zip(front_end.windows_ms, front_end.hops_ms, strict=True)
    ]
    return np.stack(planes, axis=-1)


def num_samples(milliseconds: float, sample_rate_hz: int) -> int:
    """Returns a length in whole samples, ties to even, at least 1.

    Example:
        >>> num_samples(100, 44_100), num_samples(10, 22_050)
        (4410, 220)
    """
    return max(1, round(milliseconds * sample_rate_hz / 1000))


def _plane(
    samples: np.ndarray, rate_hz: int, front_end: FrontEnd, window_ms: float, hop_ms: float
) -> np.ndarray:
    """Returns the features of one window before resizing, `(bands or coefficients, frames)`."""
    librosa = import_library("librosa")
    # In float64: the rounding noise of a float32 transform reaches the floor in quiet bands.
    spectrum = librosa.stft(
        np.asarray(samples, dtype=np.float64),
        n_fft=num_samples(front_end.fft_ms, rate_hz),
        hop_length=num_samples(hop_ms, rate_hz),
        win_length=num_samples(window_ms, rate_hz),
        window="hann",
        center=True,
        pad_mode="reflect",
    )
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    log_mel = np.log(mel_bands(rate_hz, front_end) @ power + _FLOOR)
    if front_end.kind == "log_mel":
        return log_mel
    return librosa.feature.mfcc(
        S=log_mel, n_mfcc=front_end.num_coefficients, dct_type=2, norm="ortho"
    )


@functools.lru_cache(maxsize=8)
def mel_bands(sample_rate_hz: int, front_end: FrontEnd) -> np.ndarray:
    """Returns each band's weights, float64 of shape `(bands, fft_length // 2 + 1)`, read-only.

    Raises:
        ConfigError: a band lies above half the sampling rate, or holds no frequency of the
            transform.
    """
    librosa = import_library("librosa")
    nyquist_hz = sample_rate_hz / 2
    highest_hz = nyquist_hz if front_end.max_hz is None else front_end.max_hz
    _check(
        front_end.min_hz < highest_hz <= nyquist_hz,
        f"bands between 0 and {nyquist_hz:g} Hz, half the sampling rate",
        (front_end.min_hz, highest_hz),
    )
    fft_length = num_samples(front_end.fft_ms, sample_rate_hz)
    # Its own warning of empty bands is the error below; the filter of warnings is the process's.
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        weights = librosa.filters.mel(
            sr=sample_rate_hz,
            n_fft=fft_length,
            n_mels=front_end.num_bands,
            fmin=front_end.min_hz,
            fmax=highest_hz,
            htk=True,
            norm=None,
            dtype=np.float64,
        )
    num_empty = int((weights.max(axis=1) == 0).sum())
    _check(
        num_empty == 0,
        f"every mel band to hold a frequency of the {fft_length}-sample FFT (fewer bands or a "
        "longer FFT)",
        f"{num_empty} of {front_end.num_bands} empty bands",
    )
    weights.setflags(write=False)
    return weights


def _resize(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Returns a plane resized as an image is: bilinear, averaging where it shrinks."""
    from PIL import Image

    image = Image.fromarray(plane.astype(np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def _check(is_right: bool, expected: str, received: object) -> None:
    if not is_right:
        raise ConfigError(f"audio features: expected {expected}, received {received}")
