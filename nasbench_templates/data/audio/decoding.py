"""Decodes one audio clip into samples of a fixed rate and length; mixes channels into one.

WAV, FLAC, OGG, MP3 and others through libsndfile, resampling through libsoxr; both come with the
extra `audio`. Clips that nobody should train on are refused, each with the kind of its fault.
"""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasbench_templates.data.audio.libraries import import_library
from nasbench_templates.data.core.file_search import FileKind
from nasbench_templates.support.errors import ConfigError, DataError, describe

if TYPE_CHECKING:
    import soundfile

CLIPS = FileKind(
    "audio",
    frozenset(
        (
            ".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg", ".opus",
            ".rf64", ".snd", ".w64", ".wav",
        )
    ),
    lambda path: is_clip(path),
)  # fmt: skip
# Kinds of faults, in the order of a report.
UNREADABLE, EMPTY, TOO_SHORT, WRONGLY_SAMPLED = (
    "unreadable",
    "empty",
    "too short",
    "wrongly sampled",
)
FAULTS = (UNREADABLE, EMPTY, TOO_SHORT, WRONGLY_SAMPLED)
# Beyond the length wanted: the resampler's filter reaches into the following samples.
_MARGIN_SECONDS = 0.1


class ClipError(DataError):
    """A clip cannot be used.

    Attributes:
        kind: one of `FAULTS`.
        detail: what was expected and received, without the clip's name.
    """

    def __init__(self, kind: str, detail: str):
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ClipFormat:
    """What every clip is brought to, and what it must be from the start.

    Attributes:
        sample_rate_hz: of the samples given out.
        seconds: length of the samples given out; longer clips lose their end, shorter ones are
            padded with zeros.
        min_seconds: shorter clips are refused.
        recorded_rate_hz: clips that were stored at another rate are refused; `None`: any rate is
            resampled.

    Raises:
        ConfigError: a rate below 1 Hz, no length, or a least length above it.
    """

    sample_rate_hz: int
    seconds: float
    min_seconds: float = 0.0
    recorded_rate_hz: int | None = None

    def __post_init__(self) -> None:
        if self.sample_rate_hz < 1:
            raise ConfigError(f"expected a sample rate above 0 Hz, received {self.sample_rate_hz}")
        if not (math.isfinite(self.seconds) and self.num_samples >= 1):
            raise ConfigError(f"expected clips of at least one sample, received {self.seconds} s")
        if not 0 <= self.min_seconds <= self.seconds:
            raise ConfigError(
                f"expected a least length of 0..{self.seconds:g} s, received {self.min_seconds:g} s"
            )

    @property
    def num_samples(self) -> int:
        """Number of samples given out for each clip."""
        return round(self.seconds * self.sample_rate_hz)


def decode(content: bytes, form: ClipFormat) -> np.ndarray:
    """Returns a clip's samples.

    Args:
        content: an audio file.
        form: rate and length.

    Returns:
        float32 of shape `(form.num_samples,)`; integer formats lie in [-1, 1).

    Raises:
        ClipError: the content is not audio, has no sample or only zeros, holds values that are not
            finite, is shorter than `min_seconds`, or has another rate than prescribed.
        ConfigError: the libraries are not installed.
    """
    samples, rate_hz = _read(content, form)
    if not samples.any():
        detail = "received only zeros" if samples.size else "received no sample"
        raise ClipError(EMPTY, f"expected sound, {detail}")
    if rate_hz != form.sample_rate_hz:
        samples = import_library("soxr").resample(samples, rate_hz, form.sample_rate_hz)
    samples = samples[: form.num_samples]
    return np.pad(samples, (0, form.num_samples - len(samples)))


def is_clip(path: str | Path) -> bool:
    """Returns whether a file's first bytes are those of audio, whatever its name."""
    try:
        with _open(Path(path)) as file:
            return file.frames > 0
    except (ClipError, ConfigError, OSError):
        return False


def read_header(path: Path) -> tuple[int, float]:
    """Returns rate in Hz and length in seconds of a file, without decoding.

    Raises:
        ClipError: the content is not audio.
        ConfigError: the libraries are not installed.
    """
    with _open(path) as file:
        return file.samplerate, file.frames / file.samplerate


def _read(content: bytes, form: ClipFormat) -> tuple[np.ndarray, int]:
    """Returns mono samples, float32, as many as are needed, and their rate."""
    with _open(content) as file:
        rate_hz, frames = file.samplerate, file.frames
        if form.recorded_rate_hz not in (None, rate_hz):
            raise ClipError(
                WRONGLY_SAMPLED, f"expected {form.recorded_rate_hz} Hz, received {rate_hz} Hz"
            )
        wanted = math.ceil((form.seconds + _MARGIN_SECONDS) * rate_hz)
        try:
            channels = file.read(min(frames, wanted), dtype="float32", always_2d=True)
        except RuntimeError as error:
            raise ClipError(UNREADABLE, f"expected audio: {describe(error)}") from error
    # Damaged data may end before the header says.
    seconds = (frames if len(channels) == wanted else len(channels)) / rate_hz
    if len(channels) and seconds < form.min_seconds:
        raise ClipError(
            TOO_SHORT, f"expected at least {form.min_seconds:g} s, received {seconds:.3g} s"
        )
    if not np.isfinite(channels).all():
        raise ClipError(UNREADABLE, "expected finite samples, received NaN or infinity")
    return channels.mean(axis=1), rate_hz


def _open(source: bytes | Path) -> "soundfile.SoundFile":
    soundfile = import_library("soundfile")
    if source == b"":
        raise ClipError(EMPTY, "expected audio, received a file of 0 bytes")
    try:
        return soundfile.SoundFile(io.BytesIO(source) if isinstance(source, bytes) else source)
    except (RuntimeError, TypeError) as error:
        # The library's message tells the memory address of what it read.
        reason = getattr(error, "error_string", None) or describe(error)
        raise ClipError(UNREADABLE, f"expected WAV, FLAC, OGG or MP3: {reason}") from error
