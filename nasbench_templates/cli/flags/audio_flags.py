"""Flags for data sets of audio clips, and how their values become settings."""

import dataclasses
import pathlib

from absl import flags

from nasbench_templates.cli.flags import number_flags
from nasbench_templates.data.audio.audio_options import ON_ERROR, AudioOptions
from nasbench_templates.data.audio.front_end import FEATURE_KINDS, FrontEnd
from nasbench_templates.support.errors import ConfigError

# Of these flags in --help.
SECTION = "audio"

# Every fold is tested once.
ALL_FOLDS = "all"
_LISTS = ("windows_ms", "hops_ms")
_OWN = ("sample_rate_hz", "clip_seconds", "min_seconds")
_FAULTY_CLIPS = "audio: what happens when clips are unreadable, empty, too short or wrongly sampled"


def define_flags(flag_values: flags.FlagValues, folds: str, on_error: str = _FAULTY_CLIPS) -> None:
    """Defines the flags.

    Args:
        flag_values: receives them.
        folds: which values `--fold` takes.
        on_error: what `--on_error` decides.
    """
    flags.DEFINE_string(
        "fold",
        None,
        f"audio with folds: the one that is tested, {folds}; the next one validates (default: 1)",
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "on_error",
        "fail",
        list(ON_ERROR),
        on_error,
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "feature_cache",
        None,
        "audio: folder that keeps features for the next start (default: in the user's cache)",
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "features", None, list(FEATURE_KINDS), "audio: what clips become (default: log_mel)",
        flag_values=flag_values,
    )  # fmt: skip
    lists = {
        "windows_ms": "lengths of the windows, one channel each (default: 25,50,100)",
        "hops_ms": "distances between their frames (default: 10,25,50)",
    }
    for name, text in lists.items():
        flags.DEFINE_string(name, None, f"audio: {text}", flag_values=flag_values)
    numbers = {
        "fft_ms": "length of the Fourier transform (default: 100)",
        "min_hz": "lower end of the mel bands (default: 0)",
        "max_hz": "upper end of the mel bands (default: half the sample rate)",
        "frames_per_second": "width of the features for each second (default: 50)",
        "clip_seconds": "length that clips are cut or padded to (default: the data set's)",
        "min_seconds": "length below which a clip is too short (default: the data set's)",
    }
    for name, text in numbers.items():
        flags.DEFINE_float(name, None, f"audio: {text}", flag_values=flag_values)
    integers = {
        "sample_rate_hz": "rate that clips are resampled to (default: the data set's)",
        "num_bands": "mel bands (default: 128)",
        "num_coefficients": "of --features=mfcc (default: 40)",
    }
    for name, text in integers.items():
        flags.DEFINE_integer(name, None, f"audio: {text}", flag_values=flag_values)


def audio_options(flag_values: flags.FlagValues) -> AudioOptions:
    """Returns what the flags choose; for all folds that of the first.

    Raises:
        ConfigError: a malformed list or fold, or values that make no features.
    """
    changes = {
        field.name: flag_values[field.name].value
        for field in dataclasses.fields(FrontEnd)
        if field.name not in ("kind", *_LISTS) and flag_values[field.name].value is not None
    }
    for name in _LISTS:
        if flag_values[name].value is not None:
            changes[name] = number_flags.numbers(name, flag_values[name].value)
    if flag_values.features is not None:
        changes["kind"] = flag_values.features
    cache = flag_values.feature_cache
    return AudioOptions(
        fold=_fold(flag_values.fold),
        on_error=flag_values.on_error,
        front_end=FrontEnd(**changes),
        cache_dir=None if cache is None else pathlib.Path(cache),
        **{name: flag_values[name].value for name in _OWN},
    )


def _fold(text: str | None) -> int | None:
    if text in (None, ALL_FOLDS):
        return None
    if not text.isdecimal():
        raise ConfigError(f"expected --fold as a number or {ALL_FOLDS}, received {text!r}")
    return int(text)
