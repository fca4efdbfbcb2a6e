"""Filters and shares trained in turn: who moves what, on which images, and what a run stores."""

import dataclasses

import keras
import numpy as np
import pytest

from nasbench_templates.data import loading
from nasbench_templates.data.core import dataset, splits
from nasbench_templates.keras_io import keras_builder, mixtures
from nasbench_templates.networks import architecture
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import bilevel, optimizers, preparation, streams, trainer
from nasbench_templates.training.config import MixingConfig, TrainConfig
from nasbench_templates.training.steps import backends, common

OPTIONS = {"depth": 4, "channels": 4, "num_resolutions": 2, "learn_depth": True}
NETWORK = architecture.build("multires", (8, 8, 1), 10, OPTIONS)
# Adam moves every logit by about the rate, so that a few steps show.
CONFIG = TrainConfig(
    epochs=2, batch_size=16, optimizer="sgd", learning_rate=0.05, weight_decay=5e-4,
    deterministic=True, mixing=MixingConfig(share=0.25, learning_rate=0.01),
)  # fmt: skip


@pytest.fixture(scope="module")
def digits():
    """128 training images: 96 for the filters, 32 for the shares."""
    whole = loading.load_dataset("digits", None)
    parts = [
        splits.make_split(each.images[:count], each.labels[:count])
        for each, count in ((whole.train, 128), (whole.validation, 40), (whole.test, 40))
    ]
    return dataset.make_dataset("digits", whole.classes, tuple(parts), "test")


@pytest.fixture(scope="module")
def shared(digits):
    return trainer.Trainer(NETWORK.graph, NETWORK.base_filters, digits, CONFIG)


def values(variables):
    return [keras.ops.convert_to_numpy(each).copy() for each in variables]


def are_equal(left, right):
    return [np.array_equal(*each) for each in zip(left, right, strict=True)]


def made_steps(digits, weight_decay=3e-4):
    network = keras_builder.build_keras(NETWORK.graph, NETWORK.base_filters)
    keras_builder.initialize(network, NETWORK.graph, 3)
    config = dataclasses.replace(
        CONFIG, mixing=dataclasses.replace(CONFIG.mixing, weight_decay=weight_decay)
    )
    parts = common.Parts(
        preparation=preparation.make_preparation(digits, config),
        normalization=preparation.make_normalization(digits),
        network=network,
        optimizer=optimizers.make_optimizer(config),
        mixing=bilevel.make_mixing(network, NETWORK.graph, config),
    )
    parts.optimizer.build(parts.trainables)
    return parts, backends.make_steps(parts)


def batch(digits, size=16):
    draws = np.zeros((size, streams.NUM_DRAWS), "int32")
    return digits.train.images[:size], digits.train.labels[:size].astype("int32"), draws


def test_filter_batches_never_move_shares(digits):
    parts, made = made_steps(digits)
    logits = parts.mixing.logits
    assert len(logits) == 3
    assert len(parts.trainables) == len(parts.network.trainable_variables) - 3
    before = values(logits), values(parts.trainables), values(parts.mixing.optimizer.variables)
    made.train(*batch(digits), 0.1)
    assert all(are_equal(values(logits), before[0]))
    assert all(are_equal(values(parts.mixing.optimizer.variables), before[2]))
    # Every filter moved, and so did batch norm's values.
    assert not any(are_equal(values(parts.trainables), before[1]))


def test_mixing_batches_never_move_filters(digits):
    parts, made = made_steps(digits)
    made.train(*batch(digits), 0.1)
    rest = [*parts.trainables, *parts.network.non_trainable_variables, *parts.optimizer.variables]
    before = values(rest), values(parts.mixing.logits)
    made.mix(*batch(digits))
    assert all(are_equal(values(rest), before[0]))
    assert not any(are_equal(values(parts.mixing.logits), before[1]))


def test_first_mixing_step_is_adams(digits):
    parts, made = made_steps(digits)
    start = np.asarray([0.3, -0.2], "float32")
    parts.mixing.logits[0].assign(start)
    made.mix(*batch(digits))
    # The first step of Adam is the rate against the gradient's sign, whatever its size.
    moved = np.array(parts.mixing.logits[0]) - start
    np.testing.assert_allclose(np.abs(moved), 0.01, rtol=1e-2)


def test_weight_decay_of_the_shares_is_theirs(digits):
    parts, made = made_steps(digits, weight_decay=1e4)
    parts.mixing.logits[0].assign([0.3, -0.2])
    made.mix(*batch(digits))
    np.testing.assert_allclose(np.array(parts.mixing.logits[0]), [0.29, -0.19], rtol=1e-4)
    # Here the penalty of the filters is zero, and that of the shares is not in it.
    parts.mixing.logits[0].assign([50.0, -50.0])
    loss, _ = made.train(*batch(digits), 0.0)
    assert float(loss) < 20


def test_both_parts_have_every_class_in_its_share_and_no_image_in_common(digits):
    rows = bilevel.mixing_rows(digits.train, CONFIG)
    others = bilevel.without_rows(digits.train, rows)
    assert (len(rows), others.num_images) == (32, 96)
    counts = np.bincount(digits.train.labels, minlength=10)
    found = np.bincount(digits.train.labels[rows], minlength=10)
    assert np.abs(found - counts / 4).max() < 1
    rest = np.delete(np.arange(128), rows)
    np.testing.assert_array_equal(others.images, digits.train.images[rest])


def test_parts_smaller_than_a_batch_are_refused(digits):
    config = dataclasses.replace(CONFIG, batch_size=64)
    with pytest.raises(ConfigError, match=r"batch_size <= 32 training images.* received 64"):
        bilevel.mixing_rows(digits.train, config)


def test_networks_without_learned_shares_are_refused(digits):
    plain = architecture.build("multires", (8, 8, 1), 10, {"variant": "no_pooling", "depth": 3})
    with pytest.raises(ConfigError, match="mixing: expected a network with learned shares"):
        trainer.Trainer(plain.graph, plain.base_filters, digits, CONFIG)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="distributes")
def test_several_replicas_are_refused(digits):
    from nasbench_templates.training.distribution import make_distribution

    with pytest.raises(ConfigError, match="expected no mixing with a distribution"):
        trainer.Trainer(
            NETWORK.graph, NETWORK.base_filters, digits, CONFIG, make_distribution("mirrored")
        )


def figures(result):
    return [(each.loss, each.accuracy, each.val_loss) for each in result.history]


# Six steps an epoch, and two mixing batches before those are drawn anew.
@pytest.mark.parametrize("step", [1, 6, 9])
def test_stopped_run_ends_like_an_uninterrupted_one(shared, tmp_path, step):
    expected = shared.run(2)
    weights = values(shared.model.weights)
    calls = iter(range(1, 100))
    shared.run(2, checkpoint=tmp_path, stop_reason=lambda: "s" if next(calls) == step else None)
    shared.run(3)
    resumed = shared.run(2, checkpoint=tmp_path)
    assert figures(resumed) == figures(expected)
    assert all(are_equal(values(shared.model.weights), weights))


def test_checkpoint_holds_both_optimizers_and_the_division(shared, digits, tmp_path):
    shared.run(0, checkpoint=tmp_path)
    with np.load(tmp_path / "step-00000012.npz") as file:
        stored = [file[name] for name in sorted(file.files) if name.startswith("value")]
    np.testing.assert_array_equal(stored[-1], bilevel.mixing_rows(digits.train, CONFIG))
    network = shared.model.get_layer("network")
    # SGD: steps, rate and a momentum for each filter value. Adam: the same and two moments for
    # each mixture. The division last.
    filters = len(network.trainable_variables) - 3
    assert len(stored) == len(network.variables) + (2 + filters) + (2 + 2 * 3) + 1


def test_every_run_begins_with_equal_shares(shared):
    def shares():
        network = shared.model.get_layer("network")
        return mixtures.shares(network, NETWORK.graph)["layer1_mix"]

    begun = []
    for _ in range(2):
        shared.run(0, on_step=lambda *_: begun.append(shares()))
    # After the first step Adam has moved both logits by at most the rate.
    assert begun[0] == begun[12] == pytest.approx((0.5, 0.5), abs=0.006)
    assert begun[11] != pytest.approx((0.5, 0.5), abs=0.006)
