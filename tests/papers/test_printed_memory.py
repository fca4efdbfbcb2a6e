"""Printed memory, all of it computed; and a summary counted by hand."""

import pytest

from nasbench_templates.graph import layers, summary, widths
from nasbench_templates.graph.layer_graph import GraphBuilder
from nasbench_templates.networks import architecture
from nasbench_templates.papers import printed_memory, published

COMPARISONS = list(printed_memory.compare_memory(published.printed().select("myth")))


def test_all_thirty_cells_are_compared():
    places = [(each.figure.table, each.figure.network) for each in COMPARISONS]
    assert len(places) == 30
    assert {place: places.count(place) for place in places} == {
        ("1", "vgg19"): 6, ("1", "resnet50"): 6, ("1", "mobilenet_v2"): 6, ("1", "mnasnet_b1"): 6,
        ("5", "resnet50"): 6,
    }  # fmt: skip


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.figure.source)
def test_printed_memory_is_ours(comparison):
    assert comparison.agrees, f"printed {comparison.figure.text}, ours {comparison.ours}"


def test_table_5_is_of_images_of_224_and_not_of_the_features():
    (base, *_) = (each for each in COMPARISONS if each.figure.table == "5")
    assert base.network.plan().cost.trainable_params == 23_610_482
    assert round(base.ours, 4) == 395.5147
    assert not base.figure.is_printed_of(printed_memory.table5_mb(
        printed_memory.count_tables.network_of(base.figure).plan()
    ))  # fmt: skip


def small_network():
    graph = GraphBuilder(("width",))
    image = graph.add("image", layers.Input(4, 4, 1))
    conv = graph.add("conv", layers.Conv(widths.slot(0), 3), image)
    norm = graph.add("norm", layers.BatchNorm(), conv)
    total = graph.add("sum", layers.Add(), conv, norm)
    pool = graph.add("pool", layers.MaxPool(2, 2), total)
    average = graph.add("average", layers.GlobalAveragePool(), pool)
    graph.add("logits", layers.Dense(10), average)
    return graph, total


def test_outputs_of_modules_count_and_sums_do_not():
    graph, _ = small_network()
    # Convolution and batch norm 2 x 16 each, pooling 2 x 4, average 2, dense 10.
    assert summary.outputs(graph.build(), (2,)) == 32 + 32 + 8 + 2 + 10


def test_a_block_counts_once_more_as_a_whole():
    graph, total = small_network()
    graph.end_block(total)
    assert summary.outputs(graph.build(), (2,)) == 84 + 32


@pytest.mark.parametrize(
    ("model", "count"),
    # MnasNet's first stage is a separable convolution, no block; NAS-Bench's cells are none.
    [("resnet50", 16), ("resnet18", 8), ("mobilenet_v2", 17), ("mnasnet_b1", 16), ("vgg19", 0),
     ("nasbench101", 0)],
)  # fmt: skip
def test_blocks_are_marked(model, count):
    built = architecture.build(model, (32, 32, 3), 10).base
    assert len(built.graph.block_ends) == count


def test_shared_blocks_count_at_every_use():
    options = {"block": "eff_conv", "channels": 4, "depth": 4, "num_resolutions": 2}
    built = architecture.build("multires", (8, 8, 3), 10, options)
    assert len(built.graph.block_ends) == 2 * 2
