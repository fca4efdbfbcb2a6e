"""Widths of GoogLeNet's modules, published and templated."""

from nasbench_templates.graph import layers
from nasbench_templates.networks import architecture

BUILT = architecture.build("inception", (32, 32, 3), 10)


def channels(graph, filters):
    shapes = graph.evaluated_shapes(filters)
    return {node.name: shape for node, shape in zip(graph.nodes, shapes, strict=True)}


def test_base_width_is_the_mean_of_six_rounded_down():
    # 3a: (64 + 96 + 128 + 16 + 32 + 32) / 6 = 61.3; 4e and 5a: 1024 / 6 = 170.7
    assert BUILT.base_filters == (61, 106, 104, 108, 110, 117, 170, 170, 210)


def test_published_modules_have_their_own_widths():
    found = channels(BUILT.base.graph, BUILT.base_filters)
    assert found["stem_relu"] == (192, 32, 32)
    assert found["module_3a_concat"] == (256, 32, 32)
    assert found["module_4e_concat"] == (832, 16, 16)
    assert found["module_5b_concat"] == (1024, 8, 8)


def test_templated_module_outputs_four_times_its_slot():
    found = channels(BUILT.graph, (10, 20, 30, 40, 50, 60, 70, 80, 90))
    assert found["stem_relu"] == (10, 32, 32)
    assert found["module_3b_five1_relu"] == found["module_3b_five_reduce_relu"] == (20, 32, 32)
    assert found["module_3b_concat"] == (80, 32, 32)
    assert found["module_5b_concat"] == (360, 8, 8)


def test_only_the_last_convolution_of_the_large_stem_follows_the_first_module():
    large = architecture.build("inception", (224, 224, 3), 1000)
    found = channels(large.graph, (10,) * 9)
    assert [found[f"stem{index}_relu"] for index in (1, 2, 3)] == [
        (64, 112, 112),
        (64, 56, 56),
        (10, 56, 56),
    ]
    assert found["module_3a_concat"] == (40, 28, 28)


def test_every_convolution_has_a_bias():
    convs = [node.layer for node in BUILT.graph.nodes if isinstance(node.layer, layers.Conv)]
    assert len(convs) == 1 + 9 * 7
    assert all(conv.use_bias for conv in convs)
