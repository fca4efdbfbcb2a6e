"""From stored images to the network's input, in training and in use."""

import keras
import numpy as np

from nasbench_templates.data.core.dataset import Dataset
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import augment, spectrogram_augment, streams
from nasbench_templates.training.config import (
    AUDIO_AUGMENTATIONS,
    IMAGE_AUGMENTATIONS,
    TrainConfig,
)


def make_normalization(dataset: Dataset, takes_pixels: bool = False) -> keras.layers.Layer:
    """Returns the layer from stored pixels to the mean 0 and the deviation 1 of each channel.

    Args:
        dataset: gives the statistics.
        takes_pixels: whether the network scales its images itself: then they stay as stored.
    """
    if takes_pixels:
        return keras.layers.Rescaling(1.0, dtype="float32", name="normalization")
    return keras.layers.Normalization(
        mean=dataset.mean,
        variance=[std * std for std in dataset.std],
        dtype="float32",
        name="normalization",
    )


def make_preparation(
    dataset: Dataset, config: TrainConfig, takes_pixels: bool = False
) -> keras.Model:
    """Returns the model from stored images and draws to augmented, normalised images.

    Args:
        dataset: gives the images' shape and statistics.
        takes_pixels: as of `make_normalization`.
        config: gives the augmentation; `"random_resized_crop"` is the data set's own business.

    Returns:
        A model of `[images, draws]`, as stored `(batch, height, width, channels)` and int32
        `(batch, 5)` of `draw`, to float32 images of the same shape.
    """
    image = keras.Input(dataset.input_shape, dtype=dataset.dtype, name="stored_image")
    draws = keras.Input((streams.NUM_DRAWS,), dtype="int32", name="draws")
    padding = augment.PADDING if "pad_crop" in config.augmentation else 0
    flips = "flip" in config.augmentation
    augmented = image
    if padding or flips:
        crop = augment.PadCropFlip(padding, flips, name="pad_crop_flip", dtype="float32")
        augmented = crop([image, draws])
    augmented = make_normalization(dataset, takes_pixels)(augmented)
    if "cutout" in config.augmentation:
        augmented = augment.Cutout(name="cutout", dtype="float32")([augmented, draws])
    for name in AUDIO_AUGMENTATIONS:
        if name in config.augmentation:
            augmented = spectrogram_augment.make_layer(name)([augmented, draws])
    return keras.Model([image, draws], augmented, name="preparation")


def draw(dataset: Dataset, seed: int, epoch: int, count: int) -> np.ndarray:
    """Returns what decides how each image or clip of an epoch is augmented.

    Args:
        dataset: images or audio features.
        seed: of the run.
        epoch: counted from 1.
        count: images in the epoch.

    Returns:
        int32 of shape `(count, 5)` of `streams.augmentation_draws` or `spectrogram_draws`.
    """
    shape = dataset.input_shape
    if dataset.is_audio:
        return streams.spectrogram_draws(seed, epoch, count, shape, spectrogram_augment.MASK_SHARE)
    return streams.augmentation_draws(seed, epoch, count, shape, augment.PADDING)


def check_augmentation(dataset: Dataset, config: TrainConfig) -> None:
    """Checks that a data set's images can be augmented as configured.

    Raises:
        ConfigError: augmentation of images for audio features or the other way round; images that
            a cutout would cover, or random resized crops of images that are in memory at their
            final size.
    """
    fitting = AUDIO_AUGMENTATIONS if dataset.is_audio else IMAGE_AUGMENTATIONS
    for name in config.augmentation:
        if name not in fitting:
            raise ConfigError(
                f"{dataset.name}: expected --augmentation of {', '.join(fitting)} or none for "
                f"{'audio features' if dataset.is_audio else 'images'}, received {name}"
            )
    config.check_image_shape(dataset.input_shape)
    if "random_resized_crop" in config.augmentation and not dataset.is_streamed:
        raise ConfigError(
            "random_resized_crop: expected a data set that is streamed, such as imagenet; "
            f"{dataset.name} is in memory at its final size, use pad_crop"
        )


def check_network(network: keras.Model, dataset: Dataset) -> None:
    """Checks that a network takes a data set's images and tells its classes apart.

    Raises:
        ConfigError: it is for images of another shape, or for another number of classes, or has
            several inputs or outputs, or an output that is no vector.
    """
    shapes = [tuple(tensor.shape[1:]) for tensor in network.outputs]
    if len(network.inputs) != 1 or len(shapes) != 1 or len(shapes[0]) != 1:
        raise ConfigError(
            f"{network.name}: expected a network with one image as input and one vector of classes "
            f"as output to train on {dataset.name}, received {len(network.inputs)} inputs and "
            f"outputs of shape {', '.join(map(str, shapes))}"
        )
    received = (network.input_shape[1:], network.output_shape[-1])
    if received != (dataset.input_shape, dataset.num_classes):
        raise ConfigError(
            f"{dataset.name}: expected a network for images of shape {dataset.input_shape} and "
            f"{dataset.num_classes} classes, received one for {received[0]} and {received[1]}"
        )
