"""The polynomials and the per-layer counts are two readings of the same rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_templates.graph import layers, mixing, polynomials, widths
from nasbench_templates.graph.cost import QUANTITIES, CostModel, layer_costs, peak_activation_bytes
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import architecture
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.support.errors import SpecError
from nasbench_templates.support.registry import Registry

NETWORKS = [
    ("vgg19", (32, 32, 3), {}),
    ("vgg19", (224, 224, 3), {}),
    ("resnet50", (32, 32, 3), {}),
    ("resnet50", (224, 224, 3), {"slots": "stage"}),
    ("resnet20", (32, 32, 3), {}),
    ("inception", (224, 224, 3), {}),
    ("mnasnet_a1", (32, 32, 3), {}),
    ("nasbench101", (32, 32, 3), {"cell": named_cells.get("inception").cell}),
    ("nasbench101", (9, 7, 1), {"cell": named_cells.get("resnet50").cell, "slots": "module"}),
    ("nasbench101", (8, 8, 1), {"cell": named_cells.get("best").cell, "num_stacks": 2}),
]


def built(network):
    name, shape, options = network
    return architecture.build(name, shape, 10, options)


@given(st.sampled_from(NETWORKS), st.data())
@settings(max_examples=40, deadline=None)
def test_network_cost_is_the_sum_of_its_layers(network, data):
    made = built(network)
    filters = tuple(data.draw(st.integers(8, 700)) for _ in range(len(made.base_filters)))
    summed = [
        sum(column)
        for column in zip(*(c for _, c in layer_costs(made.graph, filters)), strict=True)
    ]
    assert list(CostModel(made.graph).cost(filters)) == summed


@given(st.sampled_from(NETWORKS), st.data())
@settings(max_examples=40, deadline=None)
def test_no_quantity_falls_when_a_slot_grows(network, data):
    made = built(network)
    filters = [data.draw(st.integers(1, 300)) for _ in made.base_filters]
    slot = data.draw(st.integers(0, len(filters) - 1))
    wider = list(filters)
    wider[slot] += data.draw(st.integers(1, 50))
    costs = CostModel(made.graph)
    for quantity in QUANTITIES:
        assert costs.quantity(quantity)(filters) <= costs.quantity(quantity)(wider)


def test_polynomial_arithmetic():
    a, b = (polynomials.polynomial(widths.slot(index)) for index in (0, 1))
    expression = (a + b + 1) * (a + 2) * 3
    assert polynomials.evaluator(expression)((5, 7)) == (5 + 7 + 1) * (5 + 2) * 3


def test_products_of_three_widths_are_refused():
    a = polynomials.polynomial(widths.slot(0))
    with pytest.raises(ValueError, match="at most two widths, received 3"):
        polynomials.evaluator(a * a * a)


def chain(*steps):
    graph = GraphBuilder(())
    node = graph.add("image", layers.Input(4, 4, 2))  # 32 elements
    for index, layer in enumerate(steps):
        node = graph.add(f"n{index}", layer, node)
    return graph


def test_peak_memory_of_a_chain():
    # The convolution needs its input (32) and its output (80); the others work in place.
    graph = chain(layers.Conv(5, 3), layers.BatchNorm(), layers.Relu()).build()
    assert peak_activation_bytes(graph, ()) == 4 * (32 + 80)


def test_peak_memory_keeps_what_is_read_later():
    graph = chain(layers.Conv(5, 3))
    left = graph.add("left", layers.Conv(5, 1), 1)
    graph.add("sum", layers.Add(), 1, left)
    # At the sum: the first convolution, the second, and the result, 80 elements each.
    assert peak_activation_bytes(graph.build(), ()) == 4 * 3 * 80


def test_activation_does_not_overwrite_what_is_read_later():
    graph = chain(layers.Conv(5, 3))
    active = graph.add("relu", layers.Relu(), 1)
    graph.add("sum", layers.Add(), 1, active)
    assert peak_activation_bytes(graph.build(), ()) == 4 * 3 * 80


def test_views_need_no_memory():
    graph = chain(layers.Conv(5, 3), layers.ChannelSlice(5), layers.Flatten()).build()
    assert peak_activation_bytes(graph, ()) == 4 * (32 + 80)
    cut = chain(layers.Conv(5, 3), layers.ChannelSlice(4)).build()
    assert peak_activation_bytes(cut, ()) == 4 * (80 + 64)


def test_slices_of_one_buffer_keep_it_until_the_last_is_read():
    graph = chain(layers.Conv(5, 3))
    views = [graph.add(f"view{i}", layers.ChannelSlice(5), 1) for i in range(2)]
    first = graph.add("first", layers.Conv(5, 1), views[0])
    graph.add("sum", layers.Add(), first, views[1])
    assert peak_activation_bytes(graph.build(), ()) == 4 * 3 * 80


def repeated_block():
    graph = chain(layers.Conv(5, 3), layers.BatchNorm(), layers.Relu())
    half = graph.add("half", mixing.Downsample(), 0)
    graph.repeat(range(1, 4), half, lambda name: f"{name}_again")
    return graph


def test_shared_weights_are_values_once_and_multiply_at_every_use():
    graph = repeated_block().build()
    cost = CostModel(graph).cost(())
    weights = 9 * 2 * 5
    assert cost.macs == weights * (16 + 4)
    assert cost.published_flops == weights * (16 + 4) + 3 * 5 * (16 + 4)
    assert (cost.params, cost.trainable_params) == (weights + 4 * 5, weights + 2 * 5)
    counts = dict(layer_costs(graph, ()))
    assert (counts["n0_again"].params, counts["n0_again"].macs) == (0, weights * 4)


def test_unshared_layers_of_a_repeated_block_have_weights_of_their_own():
    graph = chain(layers.Conv(5, 3), layers.BatchNorm())
    half = graph.add("half", mixing.Downsample(), 0)
    graph.repeat(range(1, 3), half, lambda name: f"{name}_again", (layers.BatchNorm,))
    assert CostModel(graph.build()).cost(()).params == 9 * 2 * 5 + 2 * (4 * 5)


def test_weights_are_shared_with_equal_layers_on_equal_channels_only():
    graph = repeated_block()
    with pytest.raises(SpecError, match="'wide': expected the layer and input channels of a node"):
        graph.add("wide", layers.Conv(6, 3), 0, weights_of=1)
    with pytest.raises(SpecError, match=r"'deep': expected the layer .* on \[5\] and 'n0'"):
        graph.add("deep", layers.Conv(5, 3), 1, weights_of=1)
    with pytest.raises(SpecError, match="with weights of its own"):
        graph.add("chained", layers.Conv(5, 3), 0, weights_of=5)
    with pytest.raises(SpecError, match="with weights of its own"):
        graph.add("relu", layers.Relu(), 2, weights_of=3)


@pytest.mark.parametrize("primitive", layers.PRIMITIVES, ids=lambda each: each.__name__)
def test_primitives_with_parameters_say_that_they_have_weights(primitive):
    weighted = {"Conv", "DepthwiseConv", "Dense", "BatchNorm", "Mix"}
    assert primitive.has_weights == (primitive.__name__ in weighted)


def test_upsampling_wants_the_map_that_downsampling_gives():
    graph = chain(mixing.Downsample())
    assert graph.shape(graph.add("up", mixing.Upsample(2, 3, 4), 1))[1:] == (3, 4)
    with pytest.raises(SpecError, match="expected a map of 1x1 to repeat 4 times up to 4x4"):
        graph.add("wrong", mixing.Upsample(4, 4, 4), 1)


def test_too_small_widths_name_the_slot():
    made = built(("nasbench101", (8, 8, 1), {"cell": named_cells.get("inception").cell}))
    with pytest.raises(SpecError, match=r'slot "stack2": expected filters >= 4 .* received 2'):
        CostModel(made.graph).cost((8, 8, 2))
    with pytest.raises(SpecError, match=r"expected 3 widths .* received 2"):
        CostModel(made.graph).cost((8, 8))
    with pytest.raises(SpecError, match=r'slot "stack0": expected filters >= 1, received 0'):
        CostModel(made.graph).cost((0, 8, 8))


def test_graphs_refuse_what_does_not_fit():
    graph = chain()
    with pytest.raises(SpecError, match="added twice"):
        graph.add("image", layers.Relu(), 0)
    with pytest.raises(SpecError, match="'logits': expected a vector before a dense layer"):
        graph.add("logits", layers.Dense(10), 0)
    with pytest.raises(SpecError, match="input of at least 5x5, received 4x4"):
        graph.add("conv", layers.Conv(3, 5, padding="valid"), 0)
    other = graph.add("other", layers.Conv(3, 1), 0)
    with pytest.raises(SpecError, match="summands of one shape"):
        graph.add("sum", layers.Add(), 0, other)


def test_names_are_never_replaced():
    registry = Registry("thing", "nasbench_templates.networks.named_cells")
    registry.register("one", 1)
    with pytest.raises(ValueError, match="'one' is registered twice"):
        registry.register("one", 2)
