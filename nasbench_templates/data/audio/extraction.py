"""From audio files to feature maps, through the cache; nothing here knows of classes or splits."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_templates.data.audio import decoding, front_end
from nasbench_templates.data.audio.decoding import ClipError, ClipFormat
from nasbench_templates.data.audio.feature_cache import FeatureCache, entry_key
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.support.errors import describe


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a clip cannot be used.

    Attributes:
        name: of the clip.
        kind: one of `decoding.FAULTS`.
        detail: what was expected and received.
    """

    name: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Extractor:
    """Computes the features of clips, or reads them from the cache.

    Attributes:
        form: what the samples are brought to.
        front_end: what is computed from them.
        cache: where features are kept.
    """

    form: ClipFormat
    front_end: FrontEnd
    cache: FeatureCache

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of every clip's features, `(bands or coefficients, frames, windows)`."""
        # Of the samples, as `front_end.features`: their whole number may tip a half frame.
        return self.front_end.shape(self.form.num_samples / self.form.sample_rate_hz)

    def extract(self, path: Path) -> np.ndarray:
        """Returns a clip's features, float32 of `shape`.

        Raises:
            ClipError: the clip cannot be used; the message does not name it.
            ConfigError: the settings do not fit each other, or a library is missing.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ClipError(decoding.UNREADABLE, describe(error)) from error
        key = entry_key(content, self.form, self.front_end)
        known = self.cache.read(key)
        if known is not None:
            return known
        samples = decoding.decode(content, self.form)
        computed = front_end.features(samples, self.form.sample_rate_hz, self.front_end)
        self.cache.write(key, computed)
        return computed


def report(faults: Iterable[Fault], num_clips: int) -> str:
    """Returns one line that names every clip that cannot be used, by kind of fault.

    Args:
        faults: at least one.
        num_clips: clips looked at.

    Example:
        >>> report([Fault("a.wav", "empty", "received no sample")], 9)
        '1 of 9 clips cannot be used: 1 empty: a.wav (received no sample)'
    """
    faults = list(faults)
    kinds = []
    for kind in decoding.FAULTS:
        named = [f"{fault.name} ({fault.detail})" for fault in faults if fault.kind == kind]
        if named:
            kinds.append(f"{len(named)} {kind}: {', '.join(named)}")
    return f"{len(faults)} of {num_clips} clips cannot be used: {'; '.join(kinds)}"
