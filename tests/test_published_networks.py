"""Every published count that concerns the registered networks."""

import json
import math
import pathlib

import pytest

from nasbench_templates.design.planning import plan
from nasbench_templates.design.settings import MatchSettings, NetworkSettings
from nasbench_templates.graph.cost import CostModel
from nasbench_templates.networks import architecture
from nasbench_templates.networks.named_cells import named_cells

GOLDEN = json.loads(
    (pathlib.Path(__file__).parent / "golden/published_networks.json").read_text("utf-8")
)
# The published VGG19 filters were matched on the 224x224 network with 1000 classes.
MATCHED_ON = {"vgg19": MatchSettings(input_shape=(224, 224, 3), num_classes=1000)}
TOLERANCE_MFLOPS = 0.005  # the tables print two decimals


def counts(model, input_shape, num_classes, filters=None, options=None):
    network = architecture.build(model, tuple(input_shape), num_classes, options)
    if filters is None:
        network, filters = network.base, network.base_filters
    return CostModel(network.graph).cost(filters)


def agrees(count, published_millions, decimals=2):
    # The paper truncates (VGG19's 20.035 is printed 20.03).
    truncated = math.floor(count / 10 ** (6 - decimals)) / 10**decimals
    return truncated == pytest.approx(published_millions)


@pytest.mark.parametrize("row", GOLDEN["bases"], ids=str)
def test_base_network(row):
    cost = counts(row["model"], row["input_shape"], row["num_classes"])
    assert cost.trainable_params == row["trainable_params"]
    assert cost.published_flops / 1e6 == pytest.approx(row["mflops"], abs=TOLERANCE_MFLOPS)


@pytest.mark.parametrize("row", GOLDEN["counts"], ids=str)
def test_counts_known_elsewhere(row):
    cost = counts(row["model"], row["input_shape"], row["num_classes"])
    for name in set(cost._fields) & row.keys():
        assert getattr(cost, name) == row[name]


@pytest.mark.parametrize(
    "row", GOLDEN["templates"], ids=lambda row: f"{row['model']}-{row['template']}"
)
def test_templates_a_to_e(row):
    settings = MATCHED_ON.get(row["model"])
    (found,) = plan(NetworkSettings(row["model"]), [row["template"]], settings)
    assert found.filters == tuple(row["filters"])
    assert found.cost.trainable_params == row["trainable_params"]
    assert found.cost.published_flops / 1e6 == pytest.approx(row["mflops"], abs=TOLERANCE_MFLOPS)
    assert agrees(row["trainable_params"], row["published_millions"]) == row["agrees"]


@pytest.mark.parametrize(
    "row",
    [row for row in GOLDEN["templates"] if "params_224" in row],
    ids=lambda row: f"{row['model']}-{row['template']}",
)
def test_same_filters_at_224(row):
    cost = counts(row["model"], (224, 224, 3), 1000, row["filters"])
    assert cost.trainable_params == row["params_224"]
    assert cost.published_flops / 1e6 == pytest.approx(row["mflops_224"], abs=TOLERANCE_MFLOPS)
    published = row["published_millions_224"]
    assert agrees(row["params_224"], published, decimals=3) == row["agrees_224"]


def test_audio_network_of_table_5():
    base = counts("resnet50", (128, 250, 3), 50)
    assert base.trainable_params == 23610482
    for row in GOLDEN["templates"]:
        if row["model"] == "resnet50":
            cost = counts("resnet50", (128, 250, 3), 50, row["filters"])
            assert cost.trainable_params == row["params_audio"]
            assert agrees(row["params_audio"], row["published_millions_audio"])


@pytest.mark.parametrize(
    "row", GOLDEN["nasbench"], ids=lambda row: f"{row['cell']}-{row['published_column']}"
)
def test_nasbench_networks_of_table_6(row):
    named = named_cells.get(row["cell"])
    options = {
        "cell": named.cell,
        "num_modules_per_stack": named.skeleton.num_modules_per_stack,
    }
    settings = MatchSettings(match_on="macs", n_min=row.get("n_min"), peak_step=10)
    (found,) = plan(NetworkSettings("nasbench101", options=options), [row["template"]], settings)
    assert found.filters == tuple(row["filters"])
    assert found.cost.trainable_params == row["trainable_params"]
    assert found.cost.macs / 1e6 == pytest.approx(row["mmacs"], abs=TOLERANCE_MFLOPS)
    assert agrees(row["trainable_params"], row["published_millions"]) == row["agrees"]


@pytest.mark.parametrize(
    "row",
    GOLDEN["redistributions"],
    ids=lambda row: f"{row['model']}-{row['num_classes']}-{row['template']}",
)
def test_redistributions(row):
    network = NetworkSettings(
        row["model"], tuple(row["input_shape"]), row["num_classes"], row.get("options", {})
    )
    (found,) = plan(network, [row["template"]])
    assert found.cost.trainable_params == row["trainable_params"]
    assert abs(found.gap) < 5e-3  # the total is kept up to rounding
    tenths = row["trainable_params"] / 1e5
    printed = {"rounded": round, "truncated": math.floor}[row["printed"]](tenths) / 10
    assert (printed == row["published_millions"]) == row["agrees"]
