"""A data set as it is asked for: no arrays, so it can be compared, hashed, stored and sent.

>>> digits = DataRequest("digits", train_images=100)
>>> digits.load().num_images
(100, 300, 300)
>>> DataRequest.from_json(digits.to_json()) == digits
True
"""

import dataclasses
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nasbench_templates.data import loading
from nasbench_templates.data.audio.audio_options import AudioOptions
from nasbench_templates.data.audio.front_end import FrontEnd
from nasbench_templates.data.core import checksum_cache
from nasbench_templates.data.formats.parquet_images import Columns
from nasbench_templates.support import kinds
from nasbench_templates.support.frozen import freeze_fields

if TYPE_CHECKING:
    from nasbench_templates.data.core.dataset import Dataset, DatasetInfo


@dataclass(frozen=True, slots=True)
class DataRequest:
    """Which data set, and how much of it.

    Attributes:
        name: a registered name, or that of a set of the user's own.
        folder: with its files; `None` for one that is embedded or downloaded.
        image_size: height and width in pixels; `None`: the set's own.
        audio: choices for sets of audio clips; `None`: the set's own.
        image_column: of Parquet shards of the user's own; `None`: one of the usual names.
        label_column: likewise.
        is_validation_trained_on: whether validation images join the training images.
        train_images: how many training images are kept, evenly of the classes; `None`: all.
        split_images: how many images are kept at most in every split; `None`: all.
        smoke_images: the same, for a trial of the whole chain; `None`: no trial.
    """

    name: str
    folder: str | None = None
    image_size: int | None = None
    audio: AudioOptions | None = None
    image_column: str | None = None
    label_column: str | None = None
    is_validation_trained_on: bool = False
    train_images: int | None = None
    split_images: int | None = None
    smoke_images: int | None = None

    def __post_init__(self) -> None:
        freeze_fields(self)
        kinds.check_fields(self)

    def find(self) -> "DatasetInfo":
        """Returns what is known of the set before its images are read.

        Raises:
            UnknownNameError: the name is not registered and the folder holds no such set.
            ConfigError: choices that the set does not have.
            DataError: the folder does not hold such a set.
        """
        columns = Columns(self.image_column, self.label_column)
        return loading.find_info(self.name, self.folder, self.image_size, self.audio, columns)

    def load(self, info: "DatasetInfo | None" = None) -> "Dataset":
        """Reads the set and keeps what is asked for.

        Args:
            info: what `find` returned, so that the folder is not searched again.

        Raises:
            UnknownNameError: as `find`.
            ConfigError: as `find`.
            DataError: files are missing or damaged.
        """
        dataset = loading.load_found(info or self.find(), self.folder)
        if self.is_validation_trained_on:
            dataset = dataset.with_validation_in_training()
        if self.train_images is not None:
            dataset = dataset.with_limited_training(self.train_images)
        for limit in (self.split_images, self.smoke_images):
            if limit is not None:
                dataset = dataset.with_limited_splits(limit)
        return dataset

    def state(self, info: "DatasetInfo") -> str | None:
        """Returns what the checksum of the set depends on, see `checksum_cache.state_of`."""
        choices = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("name", "folder", "image_size", "audio")
        }
        return checksum_cache.state_of(info, self.folder, **choices)

    def to_json(self) -> dict[str, Any]:
        """Returns the request for JSON, without what has its default."""
        content = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        }
        if self.audio is not None:
            audio = dataclasses.asdict(self.audio)
            audio["cache_dir"] = self.audio.cache_dir and str(self.audio.cache_dir)
            content["audio"] = audio
        return content

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "DataRequest":
        """Returns the request that `to_json` described.

        Raises:
            ConfigError: choices that no audio set can have.
        """
        fields = dict(content)
        if fields.get("audio") is not None:
            audio = dict(fields["audio"])
            front_end: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in audio["front_end"].items()
            }
            audio["front_end"] = FrontEnd(**front_end)
            audio["cache_dir"] = audio["cache_dir"] and pathlib.Path(audio["cache_dir"])
            fields["audio"] = AudioOptions(**audio)
        return cls(**fields)
