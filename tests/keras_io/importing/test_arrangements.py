"""Operations that slice, fold, repeat or merge maps: exact counts, and widths that still fit."""

import keras
import numpy as np
import pytest
from keras import layers as kl
from keras import ops

from nasbench_templates.keras_io import api
from tests.helpers import keras_models


def convolution(filters, x, **settings):
    return kl.Conv2D(filters, 3, padding="same", **settings)(x)


def head(x):
    return kl.Dense(3)(kl.GlobalAveragePooling2D()(convolution(14, x, strides=2)))


def sliced(x):
    """A crop of a map; its channels stay free."""
    return head(convolution(12, convolution(8, x)[:, 1:7, 1:7, :]))


def cut(x):
    """Half of the channels; they stay as many as they are."""
    return head(convolution(12, convolution(8, x)[..., :4]))


def split(x):
    """Equal parts meet again; each of them is half of a width."""
    first, second = ops.split(convolution(12, x), 2, axis=-1)
    return head(convolution(10, first * second))


def split_unevenly(x):
    first, second = ops.split(convolution(12, x), [4], axis=-1)
    return head(convolution(10, kl.Concatenate()([second, first])))


def stacked(x):
    first, second = convolution(8, x), convolution(8, x)
    return head(convolution(12, ops.max(ops.stack([first, second], axis=1), axis=1)))


def reduced(x):
    """Attention over channels: a mean of the sides that scales the map."""
    y = convolution(12, x)
    weights = kl.Dense(12, activation="sigmoid")(ops.mean(y, axis=(1, 2), keepdims=True))
    return kl.Dense(3)(ops.mean(convolution(10, y * weights), axis=(1, 2)))


def reduced_to_a_number(x):
    y = convolution(8, convolution(10, x))
    return head(convolution(12, y / ops.max(y)))


def rolled(x):
    return head(convolution(12, ops.roll(convolution(8, x), 1, axis=1)))


def transposed(x):
    return head(convolution(12, ops.transpose(convolution(8, x), (0, 2, 1, 3))))


def permuted(x):
    return head(convolution(12, kl.Permute((2, 1, 3))(convolution(8, x))))


def repeated(x):
    y = kl.RepeatVector(4)(kl.Dense(12)(kl.GlobalAveragePooling2D()(convolution(8, x))))
    return kl.Dense(3)(kl.GlobalAveragePooling1D()(kl.Conv1D(10, 3, padding="same")(y)))


def squeezed(x):
    y = ops.squeeze(kl.AveragePooling2D(8)(convolution(12, x)), axis=(1, 2))
    return kl.Dense(3)(kl.Dense(9)(ops.expand_dims(y, axis=1)))


def reshaped(x):
    y = ops.reshape(convolution(12, x), (-1, 64, 12))
    return kl.Dense(3)(kl.GlobalMaxPooling1D()(kl.Conv1D(10, 3)(y)))


def padded(x):
    return head(convolution(12, ops.pad(convolution(8, x), ((0, 0), (1, 1), (1, 1), (0, 0)))))


def padded_along_channels(x):
    """The identity of a ResNet without a projection."""
    y = ops.pad(convolution(8, x), ((0, 0), (0, 0), (0, 0), (2, 2)))
    return head(convolution(12, y) + convolution(12, x))


def pooled(x):
    y = ops.max_pool(convolution(8, x), 2)
    return head(convolution(12, ops.average_pool(y, (2, 2), strides=1, padding="same")))


def resized(x):
    return head(convolution(12, ops.image.resize(convolution(8, x), (4, 4))))


def normalised(x):
    y = kl.UnitNormalization()(kl.LayerNormalization(axis=[-1])(convolution(8, x)))
    return head(convolution(12, kl.GroupNormalization(groups=-1)(convolution(8, y))))


def mixed(x):
    """An equation over the channels of every position."""
    y = kl.EinsumDense("bhwc,cd->bhwd", output_shape=(8, 8, 9), bias_axes="d")(convolution(8, x))
    return head(convolution(12, y))


FREE = (
    sliced, split, stacked, reduced, transposed, permuted, repeated, squeezed, reshaped, padded,
    pooled, resized, normalised,
)  # fmt: skip
# Widths that an operation reads by their number stay, and say why.
FIXED = {
    cut: "sliced",
    split_unevenly: "split at given places",
    reduced_to_a_number: "reduced over all axes",
    rolled: "repeated or reordered",
    padded_along_channels: "padded along the channels",
    mixed: "read by an EinsumDense, whose equation names its axes",
}


def built(build):
    source = keras.Input((8, 8, 3))
    return keras.Model(source, build(source))


@pytest.mark.parametrize("build", [*FREE, *FIXED])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_they_are_counted_and_keep_what_they_compute(build):
    network = built(build)
    counted = api.cost(network)
    assert counted.macs == keras_models.independent_macs(network)
    assert counted.params == network.count_params()
    assert counted.uncounted == ()
    same = api.retemplate(network, "base", init="slice")
    drawn = np.random.default_rng(0).random((2, 8, 8, 3), "float32")
    np.testing.assert_allclose(same(drawn), network(drawn), atol=1e-6)


@pytest.mark.parametrize("build", [*FREE, *FIXED])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_they_fit_under_other_widths(build):
    network = built(build)
    changed = api.retemplate(network, "c")
    assert changed.output_shape == network.output_shape
    assert changed(np.zeros((2, 8, 8, 3), "float32")).shape == (2, *network.output_shape[1:])
    counted = api.cost(changed)
    assert counted.params == changed.count_params()
    assert [each.shape for each in changed.weights] != [each.shape for each in network.weights]


@pytest.mark.parametrize(("build", "reason"), FIXED.items())
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_they_fix_is_said(build, reason):
    fixed = [row.reason for row in api.slots(built(build)) if row.slot is None]
    assert fixed == [reason, "an output of the model"]
