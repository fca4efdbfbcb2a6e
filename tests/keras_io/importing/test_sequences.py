"""Layers around layers and layers that go through sequences: hand-worked counts, new widths."""

import keras
import numpy as np
import pytest
from keras import layers as kl
from keras import ops

from nasbench_templates.keras_io import api


def recurrent():
    source = keras.Input((8, 8, 3))
    x = kl.Conv2D(6, 3, strides=2, padding="same")(source)
    x = kl.Conv2D(9, 3, padding="same")(x)
    x = kl.Reshape((4, 36))(x)
    x = kl.Bidirectional(kl.GRU(5, return_sequences=True))(x)
    return keras.Model(source, kl.Dense(3)(kl.LSTM(7)(x)))


RECURRENT_MACS = (
    27 * 6 * 16 + 54 * 9 * 16
    + 2 * 4 * (36 * 15 + 5 * 15)
    + 4 * (10 * 28 + 7 * 28)
    + 7 * 3
)  # fmt: skip


def distributed():
    source = keras.Input((3, 6, 6, 2))
    x = kl.TimeDistributed(kl.Conv2D(8, 3))(source)
    x = kl.TimeDistributed(kl.BatchNormalization())(x)
    x = kl.TimeDistributed(kl.Conv2D(12, 3, strides=2))(x)
    x = kl.TimeDistributed(kl.Flatten())(x)
    return keras.Model(source, kl.Dense(4)(kl.SimpleRNN(10)(x)))


DISTRIBUTED_MACS = 3 * (18 * 8 * 16 + 72 * 12 + 12 * 10 + 10 * 10) + 10 * 4


def convolutional():
    source = keras.Input((4, 6, 6, 2))
    x = kl.ConvLSTM2D(6, 3, padding="same", return_sequences=True)(source)
    x = kl.ConvLSTM2D(8, 3, strides=2)(x)
    return keras.Model(source, kl.Dense(3)(kl.GlobalAveragePooling2D()(x)))


CONVOLUTIONAL_MACS = 4 * (36 * 9 * 24 * (2 + 6) + 4 * 9 * 32 * (6 + 8)) + 8 * 3


def spectral():
    source = keras.Input((8, 8, 3))
    x = kl.SpectralNormalization(kl.Conv2D(12, 3))(source)
    x = ops.glu(kl.SpectralNormalization(kl.Conv2D(20, 3, strides=2))(x))
    return keras.Model(source, kl.Dense(3)(kl.SpectralNormalization(kl.Dense(9))(kl.Flatten()(x))))


SPECTRAL_MACS = 27 * 12 * 36 + 108 * 20 * 4 + 40 * 9 + 27


def attending():
    source = keras.Input((8, 8, 3))
    x = kl.Conv2D(12, 3, strides=2, padding="same")(source)
    x = kl.Reshape((16, 10))(kl.Conv2D(10, 1)(x))
    x = kl.MultiHeadAttention(2, 4)(x, x) + x
    x = kl.Attention(use_scale=True)([x, x])
    return keras.Model(source, kl.Dense(3)(kl.GlobalAveragePooling1D()(x)))


ATTENDING_MACS = 27 * 12 * 16 + 120 * 16 + 16 * 4 * 80 + 30


@pytest.mark.parametrize(
    ("build", "macs", "template"),
    [
        (recurrent, RECURRENT_MACS, "c"),
        (distributed, DISTRIBUTED_MACS, "c"),
        (convolutional, CONVOLUTIONAL_MACS, "c"),
        (spectral, SPECTRAL_MACS, "d"),
        (attending, ATTENDING_MACS, "b"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_they_are_counted_and_retemplated(build, macs, template):
    network = build()
    counted = api.cost(network)
    assert counted.macs == macs
    assert counted.params == network.count_params()
    assert counted.uncounted == ()
    changed = api.retemplate(network, template)
    if build is not attending:  # the width that its heads read is fixed, the other may stay
        assert abs(api.cost(changed).macs - macs) / macs < 0.08
        assert [each.shape for each in changed.weights] != [each.shape for each in network.weights]
    same = api.retemplate(network, "base", init="slice")
    drawn = np.random.default_rng(0).random((2, *network.input_shape[1:]), "float32")
    np.testing.assert_allclose(same(drawn), network(drawn), atol=1e-6)
    changed.compile("sgd", "mse", run_eagerly=True)
    assert np.isfinite(changed.train_on_batch(drawn, np.ones((2, *changed.output_shape[1:]))))
