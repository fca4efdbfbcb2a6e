import itertools

import pytest

from nasbench_templates.graph import layers
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.graph.shapes import Shape
from nasbench_templates.networks import architecture
from nasbench_templates.networks.cells import Cell
from nasbench_templates.networks.named_cells import named_cells
from nasbench_templates.support.errors import ConfigError, SpecError


def network(name="resnet", **options):
    options.setdefault("cell", named_cells.get(name).cell)
    return architecture.build("nasbench101", (32, 32, 3), 10, options)


def params(made, filters=None):
    return CostModel(made.graph).cost(filters or made.base_filters).trainable_params


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("best", {}, 32426634),
        ("resnet", {}, 20346506),
        ("inception", {}, 2694282),
        ("inception_resnet", {}, 3568010),
        ("resnet", {"stem_filters": 16}, 321242),
        ("resnet50", {"num_modules_per_stack": 6}, 6040970),
    ],
)
def test_published_parameter_counts(name, options, expected):
    assert params(network(name, **options)) == expected


@pytest.mark.parametrize("step", [50, pytest.param(1, marks=pytest.mark.slow)])
def test_records_have_our_parameter_count(validation_records, step):
    wrong = []
    for record in itertools.islice(validation_records, 0, None, step):
        cell = Cell.parse(record.matrix, record.operations)
        made = architecture.build("nasbench101", (32, 32, 3), 10, {"cell": cell})
        count = CostModel(made.graph).trainable_params(made.base_filters)
        if count != record.trainable_parameters:
            wrong.append(record.module_hash)
    assert len(validation_records) == 25001
    assert not wrong


def test_stored_graphs_are_canonical(validation_records):
    for index, record in enumerate(validation_records):
        if index % 100 == 0:
            cell = Cell.parse(record.matrix, record.operations)
            assert cell.hash() == record.module_hash
            assert cell.canonical() == cell


def test_one_slot_a_module():
    made = network(slots="module", num_modules_per_stack=2)
    assert made.base_filters == (128, 128, 256, 256, 512, 512)
    assert params(made) == params(network(num_modules_per_stack=2))


def test_widths_may_fall():
    made = network(stack_filters=(64, 32, 16), num_modules_per_stack=1)
    shapes = made.graph.evaluated_shapes(made.base_filters)
    pooled = [
        shape
        for node, shape in zip(made.graph.nodes, shapes, strict=True)
        if isinstance(node.layer, layers.MaxPool)
    ]
    assert pooled == [Shape(64, 16, 16), Shape(32, 8, 8)]


def test_stack_widths_say_how_many_stacks():
    assert len(network(stack_filters=(8, 16, 32, 64)).base_filters) == 4
    with pytest.raises(SpecError, match="expected 3 stack_filters for num_stacks=3, received 2"):
        network(stack_filters=(8, 16), num_stacks=3)


@pytest.mark.parametrize("option", ["stem_filters", "num_stacks", "num_modules_per_stack"])
def test_empty_skeletons_are_refused(option):
    with pytest.raises(SpecError, match=rf"expected {option} in 1\.\.\d+, received 0"):
        network(**{option: 0})


def test_unknown_options_are_refused():
    with pytest.raises(ConfigError, match="vgg19 has no option cell: expected stem"):
        architecture.build("vgg19", (32, 32, 3), 10, {"cell": None})
    with pytest.raises(ConfigError, match="slots to be one of stack, module, received 'layer'"):
        network(slots="layer")
    with pytest.raises(SpecError, match="expected an input shape"):
        architecture.build("vgg19", (32, 32), 10)
