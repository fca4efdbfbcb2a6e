"""From stored images to the network's input, in training and in use."""

import keras

from nasbench_templates.data.dataset import Dataset
from nasbench_templates.errors import ConfigError
from nasbench_templates.training import augment, streams
from nasbench_templates.training.config import TrainConfig


def make_normalization(dataset: Dataset) -> keras.layers.Normalization:
    """Returns the layer from stored pixels to the mean 0 and the deviation 1 of each channel."""
    return keras.layers.Normalization(
        mean=dataset.mean,
        variance=[std * std for std in dataset.std],
        dtype="float32",
        name="normalization",
    )


def make_preparation(dataset: Dataset, config: TrainConfig) -> keras.Model:
    """Returns the model from stored images and draws to augmented, normalised images.

    Args:
        dataset: gives the images' shape and statistics.
        config: gives the augmentation; `"random_resized_crop"` is the data set's own business.

    Returns:
        A model of `[images, draws]`, as stored `(batch, height, width, channels)` and int32
        `(batch, 5)` of `streams.augmentation_draws`, to float32 images of the same shape.
    """
    image = keras.Input(dataset.input_shape, dtype=dataset.dtype, name="stored_image")
    draws = keras.Input((streams.NUM_DRAWS,), dtype="int32", name="draws")
    padding = augment.PADDING if "pad_crop" in config.augmentation else 0
    flips = "flip" in config.augmentation
    augmented = image
    if padding or flips:
        crop = augment.PadCropFlip(padding, flips, name="pad_crop_flip", dtype="float32")
        augmented = crop([image, draws])
    augmented = make_normalization(dataset)(augmented)
    if "cutout" in config.augmentation:
        augmented = augment.Cutout(name="cutout", dtype="float32")([augmented, draws])
    return keras.Model([image, draws], augmented, name="preparation")


def check_augmentation(dataset: Dataset, config: TrainConfig) -> None:
    """Checks that a data set's images can be augmented as configured.

    Raises:
        ConfigError: images that a cutout would cover, or random resized crops of images that are
            in memory at their final size.
    """
    side = min(dataset.input_shape[:2])
    if "cutout" in config.augmentation and side <= augment.CUTOUT_SIZE:
        raise ConfigError(
            f"cutout: expected images larger than {augment.CUTOUT_SIZE} pixels, received {side}"
        )
    if "random_resized_crop" in config.augmentation and not dataset.is_streamed:
        raise ConfigError(
            "random_resized_crop: expected a data set that is streamed, such as imagenet; "
            f"{dataset.name} is in memory at its final size, use pad_crop"
        )
