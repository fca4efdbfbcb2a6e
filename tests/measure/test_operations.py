"""TensorFlow's profiler on a network whose MACs are counted by hand."""

import keras
import pytest

from nasbench_templates.measure.operations import profiler_macs


def network():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same")(image)  # 8 * 8 * 9 * 3 * 4 = 6912
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.DepthwiseConv2D(3, strides=2, padding="same")(x)  # 4 * 4 * 9 * 4 = 576
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU()(x))
    return keras.Model(image, keras.layers.Dense(5)(x))  # 4 * 5 = 20


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow's profiler")
def test_only_weight_products_count():
    assert profiler_macs(network()) == 6912 + 576 + 20


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="TensorFlow has a profiler")
def test_without_a_profiler_there_is_no_count():
    assert profiler_macs(network()) is None
