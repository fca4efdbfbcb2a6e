"""What a training run does, as one checked record; importing it needs no Keras.

>>> config = TrainConfig(epochs=2, batch_size=64, optimizer="sgd", learning_rate=0.1)
>>> config.momentum, config.schedule
(0.9, 'cosine')
"""

import dataclasses
import itertools
import math
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, get_args

from nasbench_templates.support import kinds
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.support.frozen import freeze_fields

OptimizerName = Literal["rmsprop", "sgd", "adam"]
ScheduleName = Literal["cosine", "constant", "steps"]
ImageAugmentationName = Literal["random_resized_crop", "pad_crop", "flip", "cutout"]
AudioAugmentationName = Literal["time_shift", "time_mask", "frequency_mask"]
AugmentationName = ImageAugmentationName | AudioAugmentationName
PrecisionName = Literal["float32", "mixed_bfloat16", "mixed_float16"]
OPTIMIZERS, SCHEDULES, PRECISIONS = map(get_args, (OptimizerName, ScheduleName, PrecisionName))
IMAGE_AUGMENTATIONS, AUDIO_AUGMENTATIONS = map(
    get_args, (ImageAugmentationName, AudioAugmentationName)
)
AUGMENTATIONS = IMAGE_AUGMENTATIONS + AUDIO_AUGMENTATIONS
# Side of the square that a cutout covers, in pixels.
CUTOUT_SIZE = 16


@dataclass(frozen=True, slots=True)
class MixingConfig:
    """How shares of mixed maps are learned apart from the filters: by Adam on images of their own.

    Attributes:
        share: of the training images that only these steps see, above 0 and below 1.
        learning_rate: constant, above 0.
        beta_1: of Adam, from 0 to below 1.
        beta_2: of Adam, likewise.
        weight_decay: coefficient w of the penalty `w * 0.5 * sum(v^2)` over all logits, at least 0.

    Source: "Convolutional Neural Networks without Pooling or Fixed Filter Sizes", section 4.1.
    """

    share: float = 0.2
    learning_rate: float = 1e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    weight_decay: float = 3e-4

    def __post_init__(self) -> None:
        _check(_is_share(self.share) and self.share > 0, "mixing.share in (0, 1)", self.share)
        _check_above_zero("mixing.learning_rate", self.learning_rate)
        for name in ("beta_1", "beta_2"):
            value = getattr(self, name)
            _check(_is_share(value), f"mixing.{name} in [0, 1)", value)
        is_decay = _is_finite(self.weight_decay) and self.weight_decay >= 0
        _check(is_decay, "a finite mixing.weight_decay >= 0", self.weight_decay)


def _setting(help_text: str, default: object = dataclasses.MISSING, **marks: object) -> Any:
    """Returns a field with what the command line says of it.

    Args:
        help_text: what the setting means, its unit and its range.
        default: of the field.
        **marks: `flag`: the flag's name where it is another one; `values`: what its texts stand
            for; `is_general`: whether jobs define it with the recipe.
    """
    return dataclasses.field(default=default, metadata={"help": help_text, **marks})


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of one training run; each field's `help` says what it means.

    The last partial batch of an epoch is always dropped, so that every step sees one batch size.
    The flags of the jobs that train are made from these fields.
    """

    epochs: int = _setting(
        "passes over the training images; the recipe's falls of the rate move along",
        is_general=True,
    )
    batch_size: int = _setting(
        "images per step over all devices; the recipe's rate follows", is_general=True
    )
    optimizer: OptimizerName = _setting("optimizer; rmsprop in TensorFlow 1's form")
    learning_rate: float = _setting("base rate, for the batch size as it is, above 0")
    momentum: float = _setting("of the optimizer, from 0 to below 1; Adam's beta 1", 0.9)
    nesterov: bool = _setting("whether SGD looks ahead along its momentum", False)
    weight_decay: float = _setting(
        "w of the penalty w * 0.5 * sum(v^2) over all trainable values, gamma, beta and bias "
        "included; part of the loss, at least 0",
        0.0,
    )
    schedule: ScheduleName = _setting(
        "course of the rate: cosine (a step at a time, to 0), constant or steps", "cosine"
    )
    step_epochs: tuple[float, ...] = _setting(
        "epochs after which --schedule=steps lowers the rate, e.g. 75,110", ()
    )
    step_factor: float = _setting("what --schedule=steps multiplies the rate with, above 0", 0.1)
    warmup_epochs: float = _setting(
        "epochs over which the rate first rises, at least 0 and below all of them", 0.0
    )
    label_smoothing: float = _setting(
        "share of the target that is spread over all classes, 0 to below 1", 0.0
    )
    clip_norm: float | None = _setting(
        "largest Euclidean norm of all gradients together, above 0", None
    )
    ema_momentum: float | None = _setting(
        "evaluate a moving average of the weights that keeps this share a step, in (0, 1)", None
    )
    batch_norm_momentum: float | None = _setting(
        "share of the moving statistics that each step keeps, 0 to below 1, in place of the "
        "network's own",
        None,
    )
    synchronized_batch_norm: bool = _setting(
        "with --distribution: batch-norm statistics over the batches of all devices",
        False,
        flag="sync_batch_norm",
    )
    augmentation: tuple[AugmentationName, ...] = _setting(
        "of training images, in this order, or none: random_resized_crop (sets that are streamed), "
        "pad_crop, flip, cutout; of audio features: time_shift, time_mask, frequency_mask",
        (),
    )
    precision: PrecisionName = _setting(
        "compute in half precision, weights and logits stay in float32; float16 scales the loss",
        "float32",
        flag="mixed_precision",
        values={"none": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"},
    )
    use_xla: bool = _setting(
        "compile TensorFlow's steps with XLA (slower on CPUs; JAX always does)", False, flag="xla"
    )
    # That of NAS-Bench-101: step 0 has rate 0 and only moves batch-norm statistics.
    zero_first_step: bool = False
    deterministic: bool = _setting(
        "same seed, same numbers on one machine, to the last bit; slower", False, is_general=True
    )
    # How learned shares of mixed maps are trained, one step after each step of the filters; `None`
    # trains them like every other value.
    mixing: MixingConfig | None = None

    def __post_init__(self) -> None:
        freeze_fields(self)
        for name in ("epochs", "batch_size"):
            check_count(name, getattr(self, name))
        kinds.check_fields(self)
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_choice("schedule", self.schedule, SCHEDULES)
        _check_choice("precision", self.precision, PRECISIONS)
        _check_augmentation(self.augmentation)
        for name in ("learning_rate", "step_factor"):
            _check_above_zero(name, getattr(self, name))
        for name in ("momentum", "label_smoothing"):
            value = getattr(self, name)
            _check(_is_share(value), f"{name} in [0, 1)", value)
        is_decay = _is_finite(self.weight_decay) and self.weight_decay >= 0
        _check(is_decay, "a finite weight_decay >= 0", self.weight_decay)
        if self.clip_norm is not None:
            _check_above_zero("clip_norm", self.clip_norm)
        is_share = self.ema_momentum is None or (
            _is_share(self.ema_momentum) and self.ema_momentum > 0
        )
        _check(is_share, "ema_momentum in (0, 1)", self.ema_momentum)
        is_share = self.batch_norm_momentum is None or _is_share(self.batch_norm_momentum)
        _check(is_share, "batch_norm_momentum in [0, 1)", self.batch_norm_momentum)
        is_scaled = self.mixing is not None and self.precision == "mixed_float16"
        _check(not is_scaled, "another precision where shares are mixed", self.precision)
        self._check_schedule()

    def _check_schedule(self) -> None:
        steps = self.step_epochs
        are_rising = all(_is_finite(each) and each > 0 for each in steps) and all(
            first < second for first, second in itertools.pairwise(steps)
        )
        _check(are_rising, "increasing step_epochs above 0", steps)
        _check(bool(steps) == (self.schedule == "steps"),
               "step_epochs exactly with the schedule steps", (self.schedule, steps))  # fmt: skip
        is_warmup = _is_finite(self.warmup_epochs) and 0 <= self.warmup_epochs < self.epochs
        _check(is_warmup, f"warmup_epochs in [0, {self.epochs})", self.warmup_epochs)

    def with_batch_size(self, batch_size: int) -> "TrainConfig":
        """Returns these settings with another batch size, and a rate in proportion to it.

        Raises:
            ConfigError: a batch size that is no whole number of at least 1.
        """
        check_count("batch_size", batch_size)
        rate = self.learning_rate * (batch_size / self.batch_size)
        return dataclasses.replace(self, batch_size=batch_size, learning_rate=rate)

    def smallest_part(self, num_images: int) -> int:
        """Returns how many of a number of training images the smaller of its parts has.

        There are two where shares are mixed: theirs and the filters'.
        """
        if self.mixing is None:
            return num_images
        own = round(self.mixing.share * num_images)
        return min(own, num_images - own)

    def check_fits(self, num_images: int) -> None:
        """Checks that a training split holds at least one batch.

        Raises:
            ConfigError: it does not.
        """
        _check(
            self.batch_size <= num_images,
            f"batch_size <= {num_images} training images, such as --batch_size={num_images}",
            self.batch_size,
        )

    def check_image_shape(self, image_shape: tuple[int, int, int]) -> None:
        """Checks that a cutout leaves something of images `(height, width, channels)`.

        Raises:
            ConfigError: it covers them.
        """
        side = min(image_shape[:2])
        if "cutout" in self.augmentation and side <= CUTOUT_SIZE:
            raise ConfigError(
                f"cutout: expected images larger than {CUTOUT_SIZE} pixels, received {side}"
            )

    def check_replicas(self, num_replicas: int | None) -> None:
        """Checks that a distribution can train like this.

        Args:
            num_replicas: devices that share each batch; `None`: one device without distribution.

        Raises:
            ConfigError: it cannot.
        """
        if num_replicas is None:
            _check(
                not self.synchronized_batch_norm,
                "synchronized_batch_norm with a distribution only",
                self.synchronized_batch_norm,
            )
            return
        _check(not self.use_xla, "no XLA with a distribution", self.use_xla)
        _check(self.mixing is None, "no mixing with a distribution", self.mixing)
        _check(
            self.batch_size % num_replicas == 0,
            f"a batch_size that {num_replicas} replicas can share equally",
            self.batch_size,
        )

    def to_dict(self) -> dict[str, object]:
        """Returns the settings by name, for JSON."""
        settings = dataclasses.asdict(self)
        if self.mixing is None:
            # So that runs from before there were mixtures are recognised.
            del settings["mixing"]
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in settings.items()
        }

    def chosen(self) -> dict[str, object]:
        """Returns the settings without those that have their default, for people."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        }


def check_count(name: str, received: object) -> None:
    """Checks that a setting is a whole number of at least 1.

    Raises:
        ConfigError: it is not.
    """
    is_count = isinstance(received, int) and not isinstance(received, bool) and received >= 1
    _check(is_count, f"{name} to be a whole number >= 1", received)


def _check(is_right: bool, expected: str, received: object) -> None:
    if not is_right:
        raise ConfigError(f"expected {expected}, received {received!r}")


def _check_choice(name: str, received: object, choices: tuple[str, ...]) -> None:
    _check(received in choices, f"{name} to be one of {', '.join(choices)}", received)


def _check_above_zero(name: str, received: object) -> None:
    _check(_is_finite(received) and received > 0, f"a finite {name} > 0", received)


def _check_augmentation(received: tuple[str, ...]) -> None:
    is_right = isinstance(received, tuple) and received == tuple(
        name for name in AUGMENTATIONS if name in received
    )
    _check(
        is_right, f"augmentation to name some of {', '.join(AUGMENTATIONS)} in this order", received
    )


def _is_finite(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _is_share(value: object) -> TypeGuard[float]:
    return _is_finite(value) and 0 <= value < 1
