"""What a training run does, as one checked record; importing it needs no Keras.

>>> config = TrainConfig(epochs=2, batch_size=64, optimizer="sgd", learning_rate=0.1)
>>> config.momentum, config.schedule
(0.9, 'cosine')
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal, get_args

from nasbench_templates.errors import ConfigError

OptimizerName = Literal["rmsprop", "sgd"]
ScheduleName = Literal["cosine", "constant"]
AugmentationName = Literal["none", "pad_crop_flip"]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of one training run.

    The last partial batch of an epoch is always dropped, so that every step sees one batch size.

    Attributes:
        epochs: passes over the training split, at least 1.
        batch_size: images per step, at least 1.
        optimizer: `"rmsprop"` (TensorFlow 1 form) or `"sgd"`.
        learning_rate: the base rate itself, already scaled to the batch, above 0.
        momentum: of the optimizer, from 0 to below 1.
        weight_decay: coefficient w of the penalty `w * 0.5 * sum(v^2)` over all trainable values,
            gamma, beta and bias included; part of the loss, at least 0.
        schedule: `"cosine"` (per step to 0, no warm-up) or `"constant"`.
        batch_norm_momentum: replaces that of the network, from 0 to below 1; `None` keeps it.
        augmentation: `"none"` or `"pad_crop_flip"`, on training images only.
        zero_first_step: whether step 0 has rate 0 and only moves batch-norm statistics.
        deterministic: whether operations must give the same bits in every run.
    """

    epochs: int
    batch_size: int
    optimizer: OptimizerName
    learning_rate: float
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: ScheduleName = "cosine"
    batch_norm_momentum: float | None = None
    augmentation: AugmentationName = "none"
    zero_first_step: bool = False
    deterministic: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            is_count = isinstance(value, int) and not isinstance(value, bool)
            _check(is_count and value >= 1, f"{name} to be an integer >= 1", value)
        _check_choice("optimizer", self.optimizer, get_args(OptimizerName))
        _check_choice("schedule", self.schedule, get_args(ScheduleName))
        _check_choice("augmentation", self.augmentation, get_args(AugmentationName))
        is_rate = _is_finite(self.learning_rate) and self.learning_rate > 0
        _check(is_rate, "a finite learning_rate > 0", self.learning_rate)
        is_decay = _is_finite(self.weight_decay) and self.weight_decay >= 0
        _check(is_decay, "a finite weight_decay >= 0", self.weight_decay)
        _check(_is_share(self.momentum), "momentum in [0, 1)", self.momentum)
        is_share = self.batch_norm_momentum is None or _is_share(self.batch_norm_momentum)
        _check(is_share, "batch_norm_momentum in [0, 1)", self.batch_norm_momentum)

    def check_fits(self, num_images: int) -> None:
        """Checks that a training split holds at least one batch.

        Raises:
            ConfigError: it does not.
        """
        _check(
            self.batch_size <= num_images,
            f"batch_size <= {num_images} training images",
            self.batch_size,
        )

    def to_dict(self) -> dict[str, int | float | str | bool | None]:
        """Returns the settings by name, for JSON."""
        return dataclasses.asdict(self)


def _check(is_right: bool, expected: str, received: object) -> None:
    if not is_right:
        raise ConfigError(f"expected {expected}, received {received!r}")


def _check_choice(name: str, received: object, choices: tuple[str, ...]) -> None:
    _check(received in choices, f"{name} to be one of {', '.join(choices)}", received)


def _is_finite(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _is_share(value: object) -> bool:
    return _is_finite(value) and 0 <= value < 1
