"""What a user may choose about an audio data set; everything else is the data set's own."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from nasbench_templates.data.audio.decoding import ClipFormat
from nasbench_templates.data.audio.extraction import Extractor
from nasbench_templates.data.audio.feature_cache import FeatureCache
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.support import user_cache
from nasbench_templates.support.errors import ConfigError

OnError = Literal["fail", "skip"]
ON_ERROR = get_args(OnError)


@dataclass(frozen=True, slots=True)
class AudioOptions:
    """Choices for an audio data set.

    Attributes:
        fold: the fold that is tested; `None`: the first one of a set with folds.
        on_error: whether clips that cannot be used end the run or are left out.
        front_end: what is computed from the samples.
        sample_rate_hz: what clips are resampled to; `None`: the data set's own rate.
        clip_seconds: what clips are cut or padded to; `None`: the data set's own length.
        min_seconds: shorter clips cannot be used; `None`: the data set's own limit.
        cache_dir: where features are kept; `None`: the user's cache folder.
    """

    fold: int | None = None
    on_error: OnError = "fail"
    front_end: FrontEnd = field(default_factory=FrontEnd)
    sample_rate_hz: int | None = None
    clip_seconds: float | None = None
    min_seconds: float | None = None
    cache_dir: Path | None = None

    def __post_init__(self) -> None:
        if self.on_error not in ON_ERROR:
            raise ConfigError(f"expected on_error fail or skip, received {self.on_error!r}")

    def to_json(self) -> dict[str, object]:
        """Returns what decides the features and the splits, for `json`."""
        chosen = dataclasses.asdict(self)
        del chosen["cache_dir"]
        return chosen

    def extractor(self, own: ClipFormat) -> Extractor:
        """Returns what computes the features of a data set.

        Args:
            own: the data set's rate, length and limits, where the user chooses none.

        Raises:
            ConfigError: values that no clip can have.
        """
        seconds = own.seconds if self.clip_seconds is None else self.clip_seconds
        limit = min(own.min_seconds, seconds) if self.min_seconds is None else self.min_seconds
        rate = own.sample_rate_hz if self.sample_rate_hz is None else self.sample_rate_hz
        form = ClipFormat(
            sample_rate_hz=rate,
            seconds=seconds,
            min_seconds=limit,
            recorded_rate_hz=own.recorded_rate_hz,
        )
        folder = self.cache_dir or user_cache.folder("audio_features")
        return Extractor(form, self.front_end, FeatureCache(folder))
