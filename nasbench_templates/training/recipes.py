"""Published and local training settings by name; importing them needs no Keras.

>>> recipes.get("short").config(epochs=3).learning_rate
0.05
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from nasbench_templates.support.registry import Registry
from nasbench_templates.training.config import (
    AUDIO_AUGMENTATIONS,
    AugmentationName,
    MixingConfig,
    TrainConfig,
    check_count,
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train, whose rate follows the batch size.

    Attributes:
        name: on the command line.
        description: one line for listings.
        source: where the settings come from.
        settings: of a run that asks for nothing else.
    """

    name: str
    description: str
    source: str
    settings: TrainConfig

    def config(self, epochs: int | None = None, **changes: Any) -> TrainConfig:
        """Returns the settings of a run.

        Args:
            epochs: length; the recipe's own by default. Where the rate falls and how long it warms
                up are stretched along.
            **changes: other fields of `TrainConfig`; `None` keeps the recipe's. A `batch_size`
                scales the rate in proportion, unless a `learning_rate` is given too.

        Raises:
            ConfigError: a value that no run can have.
        """
        own = self.settings
        given = {name: value for name, value in changes.items() if value is not None}
        if given.get("schedule", own.schedule) != "steps":
            # The recipe's falls go with its schedule; those of the caller are refused.
            given.setdefault("step_epochs", ())
        if epochs is not None:
            check_count("epochs", epochs)
            given = {**_stretched(own, epochs), "epochs": epochs, **given}
        if "batch_size" in given and "learning_rate" not in given:
            given["learning_rate"] = own.with_batch_size(given["batch_size"]).learning_rate
        return dataclasses.replace(own, **given)


def _stretched(own: TrainConfig, epochs: int) -> dict[str, Any]:
    scale = epochs / own.epochs
    return {
        "step_epochs": tuple(each * scale for each in own.step_epochs),
        "warmup_epochs": own.warmup_epochs * scale,
    }


recipes: Registry[Recipe] = Registry(
    "recipe", "nasbench_templates.training.recipes", "nasbench_templates.recipes"
)

# The recipe that fits its augmentation to the images.
AUTO = "auto"


def auto_augmentation(
    image_shape: tuple[int, int, int], is_streamed: bool, is_audio: bool = False
) -> tuple[AugmentationName, ...]:
    """Returns how the recipe `auto` augments images or audio features.

    Streamed sets are cropped as they are read. Grey images are not mirrored: most of them are signs
    that a mirror turns into others. Images under 16 pixels are left alone, since a shift by 4 would
    move their subject out.

    Args:
        image_shape: `(height, width, channels)`.
        is_streamed: whether crops are taken when images are read.
        is_audio: whether the images are features of audio clips.
    """
    if is_audio:
        return AUDIO_AUGMENTATIONS
    height, width, channels = image_shape
    if is_streamed:
        return ("random_resized_crop", "flip")
    if min(height, width) < 16:
        return ()
    return ("pad_crop",) if channels == 1 else ("pad_crop", "flip")


def config_for_images(
    name: str,
    image_shape: tuple[int, int, int],
    is_streamed: bool,
    is_audio: bool = False,
    epochs: int | None = None,
    **changes: object,
) -> TrainConfig:
    """Returns the settings of a run by a recipe on images of a shape; see `Recipe.config`.

    Args:
        name: of the recipe; `auto` takes its augmentation from `auto_augmentation`.
        image_shape: `(height, width, channels)`.
        is_streamed: whether the data set's images are read while training.
        is_audio: whether they are features of audio clips.
        epochs: as of `Recipe.config`.
        **changes: likewise.

    Raises:
        UnknownNameError: no such recipe.
        ConfigError: a value that no run can have, or a cutout that covers the images.
    """
    if name == AUTO and changes.get("augmentation") is None:
        changes["augmentation"] = auto_augmentation(image_shape, is_streamed, is_audio)
    config = recipes.get(name).config(epochs, **changes)
    config.check_image_shape(image_shape)
    return config


def _register(name: str, description: str, source: str, settings: TrainConfig) -> None:
    recipes.register(name, Recipe(name, description, source, settings))


_register(
    "nasbench101",
    "108 epochs of RMSProp at 0.2 with crops and flips, as NAS-Bench-101 was made",
    "NAS-Bench-101 (arXiv:1902.09635); docs/nasbench101.md, sections 8 and 9",
    TrainConfig(
        epochs=108,
        batch_size=256,
        optimizer="rmsprop",
        # 0.1 for each of the two shards that the published records were trained on.
        learning_rate=0.2,
        momentum=0.9,
        weight_decay=1e-4,
        schedule="cosine",
        batch_norm_momentum=0.997,
        augmentation=("pad_crop", "flip"),
        zero_first_step=True,
    ),
)

_register(
    "short",
    "20 epochs of the same RMSProp on small batches, for a CPU and small images",
    "this project; the batch-norm momentum is lowered because 0.997 needs thousands of steps",
    TrainConfig(
        epochs=20,
        batch_size=64,
        optimizer="rmsprop",
        learning_rate=0.05,  # 0.2 x 64 / 256
        momentum=0.9,
        weight_decay=1e-4,
        schedule="cosine",
        batch_norm_momentum=0.9,
    ),
)

_MYTH = '"The Myth of the Pyramid", section 4.2'
_MYTH_CIFAR = TrainConfig(
    epochs=200,
    batch_size=256,
    optimizer="sgd",
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=1e-5,
    schedule="steps",
    step_epochs=(60, 120, 160),
    step_factor=0.2,
    augmentation=("pad_crop", "flip", "cutout"),
)
# Nothing trains with the printed weight decay of 1e-1 at a rate of 0.1 (docs/templates.md,
# section 9).
_MYTH_IMAGENET = dataclasses.replace(
    _MYTH_CIFAR,
    epochs=90,
    weight_decay=1e-4,
    step_epochs=(45, 70, 85),
    step_factor=0.1,
    augmentation=("random_resized_crop", "flip"),
)
_DECAY = "; the printed weight decay of 1e-1 cannot be meant, 1e-4 is used"

_register(
    "myth_mnist",
    "150 epochs of SGD at 0.01, a fifth of it after 75 and 110, with cutout",
    f"{_MYTH}: MNIST and its likes",
    dataclasses.replace(_MYTH_CIFAR, epochs=150, learning_rate=0.01, step_epochs=(75, 110)),
)

_register(
    "myth_cifar",
    "200 epochs of SGD at 0.1, a fifth of it after 60, 120 and 160, with cutout",
    f"{_MYTH}: CIFAR-10, CIFAR-100 and CINIC-10",
    _MYTH_CIFAR,
)

_register(
    "myth_tiny_imagenet",
    "90 epochs of SGD at 0.1 in batches of 64, a tenth of it after 45, 70 and 85, with cutout",
    f"{_MYTH}: Tiny-ImageNet{_DECAY}",
    dataclasses.replace(_MYTH_IMAGENET, batch_size=64, augmentation=("pad_crop", "flip", "cutout")),
)

_register(
    "myth_imagenet",
    "90 epochs of SGD at 0.1, a tenth of it after 45, 70 and 85, on random resized crops",
    f"{_MYTH}: ImageNet, without cutout{_DECAY}; which crops is not said",
    _MYTH_IMAGENET,
)

# The published augmentation changes pitch and tempo of the samples, by an extra copy of the set in
# every epoch; features that are computed once are moved and masked instead.
for _name, _clips, _batch_size in (("esc50", "ESC-50", 32), ("gtzan", "GTZAN", 16)):
    _register(
        f"myth_{_name}",
        f"70 epochs of Adam at 1e-4 in batches of {_batch_size}, a tenth of it after 30 and 60, "
        "with masks and time shifts",
        f'"The Myth of the Pyramid", section 6.2: {_clips}, after arXiv:2007.11154 '
        "(docs/audio.md), which augments with pitch and tempo instead",
        TrainConfig(
            epochs=70,
            batch_size=_batch_size,
            optimizer="adam",
            learning_rate=1e-4,
            # As part of the loss it is added to the gradient, Adam's L2 form.
            weight_decay=1e-3,
            schedule="steps",
            step_epochs=(30, 60),
            step_factor=0.1,
            batch_norm_momentum=0.9,
            augmentation=AUDIO_AUGMENTATIONS,
        ),
    )

_register(
    "drafts",
    "160 epochs of SGD at 0.1 in batches of 64, a tenth of it after 80 and 120",
    "the two drafts on filter redistribution templates; momentum 0.9 and weight decay 1e-4 are not "
    "printed there",
    dataclasses.replace(
        _MYTH_CIFAR,
        epochs=160,
        batch_size=64,
        weight_decay=1e-4,
        step_epochs=(80, 120),
        step_factor=0.1,
        augmentation=("pad_crop", "flip"),
    ),
)

_FILTER_SIZE = TrainConfig(
    epochs=400,
    batch_size=128,
    optimizer="sgd",
    learning_rate=0.1,
    weight_decay=5e-4,
    schedule="cosine",
    augmentation=("pad_crop", "flip"),
)
_FILTER_SIZE_SOURCE = (
    '"Convolutional Neural Networks without Pooling or Fixed Filter Sizes", section 4.1; batch, '
    "rate, momentum, weight decay and augmentation are not printed there: the field's usual ones"
)

_register(
    "filter_size",
    "400 epochs of SGD at 0.1 with cosine, for multires without learned shares",
    _FILTER_SIZE_SOURCE,
    _FILTER_SIZE,
)

_register(
    "filter_size_bilevel",
    "the same on 4 of 5 images; after each step Adam moves the shares on a batch of the others",
    _FILTER_SIZE_SOURCE,
    dataclasses.replace(_FILTER_SIZE, mixing=MixingConfig()),
)

_register(
    AUTO,
    "10 epochs of SGD with Nesterov momentum, warm-up and cosine; augments as the images allow",
    "this project; rate and weight decay after He et al. (arXiv:1812.01187), whose warm-up, cosine "
    "and label smoothing it takes",
    TrainConfig(
        epochs=10,
        batch_size=128,
        optimizer="sgd",
        learning_rate=0.1,
        nesterov=True,
        weight_decay=5e-4,
        schedule="cosine",
        warmup_epochs=1.0,
        label_smoothing=0.1,
        # That of NAS-Bench-101 needs thousands of steps before its statistics mean anything.
        batch_norm_momentum=0.9,
        augmentation=("pad_crop", "flip"),
    ),
)
