"""Outputs of mixed, single and pruned resolutions, and the gradients of the logits."""

import keras
import numpy as np
import pytest

from nasbench_templates.graph import pruning
from nasbench_templates.keras_io import keras_builder, mixtures
from nasbench_templates.networks import architecture

NEVER = -1e9  # a logit whose share is exactly 0


def network(side=8, **options):
    options = {"depth": 5, "channels": 4, "num_resolutions": 3, **options}
    return architecture.build("multires", (side, side, 2), 3, options)


def model_of(graph, filters, seed=1, **settings):
    """A model with random weights, logits and statistics included."""
    model = keras_builder.build_keras(graph, filters, **settings)
    keras_builder.initialize(model, graph, seed)
    draws = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.name in ("logits", "beta", "moving_mean"):
            weight.assign(draws.normal(size=weight.shape))
        elif weight.name in ("gamma", "moving_variance"):
            weight.assign(draws.uniform(0.5, 2, weight.shape))
    return model


def images(side=8):
    return np.random.default_rng(0).normal(size=(2, side, side, 2)).astype("float32")


def outputs(model, values):
    return keras.ops.convert_to_numpy(model(values, training=False))


def choose(model, graph, **exponents):
    for name in mixtures.names(graph):
        chosen = np.full(model.get_layer(name).logits.shape, NEVER)
        chosen[exponents[name]] = 0
        model.get_layer(name).logits.assign(chosen)


def pruned(built, model, kept):
    graph = pruning.prune(built.graph, kept)
    smaller = keras_builder.build_keras(graph, built.base_filters)
    mixtures.carry_weights(model, built.graph, smaller, graph, kept)
    return smaller


@pytest.mark.parametrize("block", ["conv", "eff_conv"])
def test_full_resolution_alone_is_the_plain_block(block):
    built, plain = network(block=block), network(block=block, variant="no_pooling")
    model = model_of(built.graph, built.base_filters)
    choose(model, built.graph, layer1_mix=0, layer2_mix=0, layer3_mix=0)
    direct = keras_builder.build_keras(plain.graph, plain.base_filters)
    for layer in direct.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights())
    np.testing.assert_allclose(outputs(model, images()), outputs(direct, images()), rtol=1e-5)


@pytest.mark.parametrize("side", [8, 7])
def test_half_resolution_alone_pools_applies_the_block_and_upsamples(side):
    built = network(side, depth=3)
    model = model_of(built.graph, built.base_filters)
    choose(model, built.graph, layer1_mix=1)
    part = keras.Model(model.input, [model.get_layer("stem_bn").output, model.output])
    stem, logits = map(np.array, part(images(side), training=False))
    if side % 2:
        stem = np.pad(stem, ((0, 0), (0, 1), (0, 1), (0, 0)), constant_values=np.nan)
    half = (side + 1) // 2
    small = np.nanmean(stem.reshape(2, half, 2, half, 2, 4), axis=(2, 4))
    for name in ("layer1_r0_conv", "layer1_r0_relu", "layer1_r0_bn"):
        small = np.array(model.get_layer(name)(small, training=False))
    large = small.repeat(2, axis=1).repeat(2, axis=2)[:, :side, :side]
    expected = model.get_layer("logits")(large.mean((1, 2)))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)


def gradient_and_loss(model, variable, values):
    """The gradient of a number that depends on all logits, and a function that computes it."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = keras.ops.sum(keras.ops.square(model(values, training=False)))
        gradient = np.array(tape.gradient(loss, variable.value))
    else:
        import jax

        place = [each.path for each in model.trainable_variables].index(variable.path)
        trainables = [each.value for each in model.trainable_variables]
        fixed = [each.value for each in model.non_trainable_variables]

        def loss_of(trainables):
            found, _ = model.stateless_call(trainables, fixed, values, training=False)
            return keras.ops.sum(keras.ops.square(found))

        gradient = np.array(jax.grad(loss_of)(trainables)[place])
    return gradient, lambda: float(np.square(outputs(model, values)).sum())


@pytest.mark.parametrize("name", ["layer1_mix", "layer3_mix", "depth_mix"])
def test_gradients_of_the_logits_are_finite_differences(name):
    built = network(learn_depth=True)
    is_exact = keras.backend.backend() == "tensorflow"  # JAX computes in float32 by default
    dtype, step, tolerance = ("float64", 1e-5, 1e-6) if is_exact else ("float32", 1e-2, 2e-2)
    model = model_of(built.graph, built.base_filters, dtype=dtype)
    logits = model.get_layer(name).logits
    gradient, loss = gradient_and_loss(model, logits, images().astype(dtype))
    start = np.array(logits)
    for place in range(len(start)):
        moved = []
        for sign in (1, -1):
            shifted = start.copy()
            shifted[place] += sign * step
            logits.assign(shifted)
            moved.append(loss())
        expected = (moved[0] - moved[1]) / (2 * step)
        assert gradient[place] == pytest.approx(expected, rel=tolerance, abs=tolerance)
    assert np.abs(gradient).max() > 0.01
    # Adding one number to all logits changes no share.
    assert gradient.sum() == pytest.approx(0, abs=1e-3)


def test_pruning_at_threshold_0_changes_no_output():
    built = network(learn_depth=True)
    model = model_of(built.graph, built.base_filters)
    shares = mixtures.shares(model, built.graph)
    kept = {name: pruning.shares_of_at_least(each, 0) for name, each in shares.items()}
    smaller = pruned(built, model, kept)
    np.testing.assert_array_equal(outputs(smaller, images()), outputs(model, images()))


# Ever coarser, ever finer, back and forth; sides that halve evenly and one that does not.
@pytest.mark.parametrize("side", [8, 7])
@pytest.mark.parametrize("exponents", [(0, 1, 2), (2, 1, 0), (2, 0, 2), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("batch_norm", ["shared", "per_resolution"])
def test_one_resolution_for_each_layer_computes_what_its_mixture_did(side, exponents, batch_norm):
    built = network(side, batch_norm=batch_norm)
    model = model_of(built.graph, built.base_filters)
    chosen = {f"layer{index}_mix": each for index, each in enumerate(exponents, 1)}
    choose(model, built.graph, **chosen)
    smaller = pruned(built, model, {name: (each,) for name, each in chosen.items()})
    np.testing.assert_allclose(
        outputs(smaller, images(side)), outputs(model, images(side)), rtol=1e-4, atol=1e-5
    )


def test_remaining_shares_are_renormalised():
    built = network()
    model = model_of(built.graph, built.base_filters)
    before = mixtures.shares(model, built.graph)["layer2_mix"]
    smaller = pruned(built, model, {"layer2_mix": (0, 2)})
    graph = pruning.prune(built.graph, {"layer2_mix": (0, 2)})
    rest = before[0] + before[2]
    expected = (before[0] / rest, before[2] / rest)
    assert mixtures.shares(smaller, graph)["layer2_mix"] == pytest.approx(expected)
    model.get_layer("layer2_mix").logits.assign(
        np.where([True, False, True], np.array(model.get_layer("layer2_mix").logits), NEVER)
    )
    np.testing.assert_allclose(outputs(smaller, images()), outputs(model, images()), rtol=1e-4)


def test_shares_of_a_new_network_are_equal():
    built = network(learn_depth=True)
    model = keras_builder.build_keras(built.graph, built.base_filters)
    keras_builder.initialize(model, built.graph, 0)
    found = mixtures.shares(model, built.graph)
    assert found["layer1_mix"] == pytest.approx((1 / 3,) * 3)
    assert list(found) == ["layer1_mix", "layer2_mix", "layer3_mix", "depth_mix"]


def test_saved_network_computes_the_same(tmp_path):
    built = network(7, learn_depth=True, block="eff_conv")
    model = model_of(built.graph, built.base_filters)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.count_params() == model.count_params()
    np.testing.assert_allclose(outputs(loaded, images(7)), outputs(model, images(7)), rtol=1e-5)
