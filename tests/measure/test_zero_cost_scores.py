"""Scores against derivatives by differences, and against networks whose score is known."""

import math
import types

import numpy as np
import pytest

from nasbench_templates.design import planning
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.measure import zero_cost_scores
from nasbench_templates.measure.zero_cost_scores import Probe, compute, scores
from nasbench_templates.networks.cells import Cell
from nasbench_templates.support.errors import UnknownNameError

CHAIN = Cell.parse(
    [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]],
    ["input", "conv3x3-bn-relu", "conv1x1-bn-relu", "output"],
)


def design_of(cell):
    options = {"cell": cell, "stem_filters": 4, "num_stacks": 2, "num_modules_per_stack": 1}
    return planning.plan(NetworkSettings("nasbench101", (8, 8, 1), 10, options), ["base"])[0]


@pytest.fixture(scope="module")
def probe():
    generator = np.random.default_rng(0)
    images = generator.normal(size=(12, 8, 8, 1)).astype(np.float32)
    return Probe(design_of(CHAIN), images, generator.integers(0, 10, 12), seed=1)


def loss_at(probe, values):
    for kernel, value in zip(probe.kernels, values, strict=True):
        kernel.assign(value)
    return float(probe.loss()[0])


@pytest.fixture
def restored(probe):
    """The kernels, put back after the test."""
    before = [np.asarray(kernel) for kernel in probe.kernels]
    yield before
    loss_at(probe, before)


def test_gradients_are_the_slope_of_the_loss(probe, restored):
    gradients = probe.gradients[0]
    step = 1e-3 / math.sqrt(sum((gradient**2).sum() for gradient in gradients))
    ahead, behind = (
        loss_at(probe, [k + sign * step * g for k, g in zip(restored, gradients, strict=True)])
        for sign in (1, -1)
    )
    squares = sum(float((gradient**2).sum()) for gradient in gradients)
    assert (ahead - behind) / (2 * step) == pytest.approx(squares, rel=0.02)
    norms = sum(math.sqrt(float((gradient**2).sum())) for gradient in gradients)
    assert compute(probe, ["grad_norm"])["grad_norm"] == pytest.approx(norms, rel=1e-5)


def test_snip_sums_what_each_weight_does_to_the_loss(probe):
    pairs = zip(probe.kernels, probe.gradients[0], strict=True)
    each = [np.abs(np.asarray(kernel) * gradient).ravel() for kernel, gradient in pairs]
    assert compute(probe, ["snip"])["snip"] == pytest.approx(np.concatenate(each).sum(), rel=1e-5)


def test_grasp_is_minus_weight_times_hessian_times_gradient(probe):
    import tensorflow as tf

    kernels = probe.kernel_tensors()
    directions = [tf.constant(gradient) for gradient in probe.gradients[0]]
    # The Hessian times a vector by forward differentiation, which the score does not use.
    with tf.autodiff.ForwardAccumulator(kernels, directions) as forward:
        with tf.GradientTape() as tape:
            loss, _ = probe.loss()
        gradients = tape.gradient(loss, kernels)
    changes = [np.asarray(forward.jvp(gradient)) for gradient in gradients]
    pairs = zip(kernels, changes, strict=True)
    expected = -sum(float((np.asarray(kernel) * each).sum()) for kernel, each in pairs)
    assert compute(probe, ["grasp"])["grasp"] == pytest.approx(expected, rel=1e-3)


def test_synflow_of_a_chain_is_its_output_for_each_kernel(probe):
    # The output of positive layers in a row grows in proportion to each of them.
    output = float(np.asarray(probe.linearized()(np.ones((1, 8, 8, 1)), training=False)).sum())
    expected = len(probe.kernels) * output
    assert compute(probe, ["synflow"])["synflow"] == pytest.approx(expected, rel=1e-9)


def test_fisher_by_hand():
    # Two images, a map of two places and one channel: sums 1*1 + 2*1 = 3 and 1*2 + 0 = 2.
    maps = np.array([[[[1.0], [2.0]]], [[[1.0], [0.0]]]])
    gradients = np.array([[[[1.0], [1.0]]], [[[2.0], [5.0]]]])
    logits, of_logits = np.array([[2.0], [0.0]]), np.array([[1.0], [1.0]])
    known = types.SimpleNamespace(gradients=([], [maps, logits], [gradients, of_logits]))
    assert zero_cost_scores.fisher(known) == (9 + 4) / 2 / 2 + 4 / 2 / 2


def test_maps_are_those_before_batch_norm_and_the_logits(probe):
    _, maps, gradients = probe.gradients
    assert len(maps) == len(probe.kernels)
    odds = np.exp(maps[-1]) / np.exp(maps[-1]).sum(axis=1, keepdims=True)
    expected = (odds - np.eye(10)[probe.labels]) / 12
    assert np.allclose(gradients[-1], expected, atol=1e-6)


def test_jacob_cov_of_equal_images_is_that_of_a_singular_matrix():
    images = np.repeat(np.random.default_rng(2).normal(size=(1, 8, 8, 1)), 2, 0)
    same = Probe(design_of(CHAIN), images.astype(np.float32), np.array([1, 1]))
    k = 1e-5
    expected = -(math.log(2 + k) + 1 / (2 + k) + math.log(k) + 1 / k)
    # The smallest eigenvalue is 0 but for rounding in single precision.
    assert compute(same, ["jacob_cov"])["jacob_cov"] == pytest.approx(expected, rel=0.05)


def test_counts_and_seeds(probe):
    cost = probe.design.cost
    assert compute(probe, ["params", "macs"]) == {
        "params": cost.trainable_params,
        "macs": cost.macs,
    }
    again = Probe(probe.design, probe.images, probe.labels, seed=1)
    other = Probe(probe.design, probe.images, probe.labels, seed=2)
    first = compute(probe, ["snip"])
    assert compute(again, ["snip"]) == first
    assert compute(other, ["snip"]) != first


def test_unknown_score():
    with pytest.raises(UnknownNameError, match="snip"):
        scores.get("snipp")
