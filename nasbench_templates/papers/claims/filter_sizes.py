"""Claims of "Convolutional Neural Networks without Pooling or Fixed Filter Sizes"."""

import itertools

from nasbench_templates.graph.cost import CostModel
from nasbench_templates.networks import architecture
from nasbench_templates.papers.claims.claim import (
    CONTRADICTED,
    NOT_TESTABLE,
    RELATIVE,
    Finding,
    claim,
)
from nasbench_templates.papers.claims.evidence import Evidence, says

PAPER, NETWORK = "filter_size", "multires"
ERROR, DEPTH, OPERATIONS = "error_percent", "learned_depth", "published_gflops"
NO_POOLING, POOLING, SCALE_INVARIANT, LEARNED = (
    "no pooling", "predefined pooling", "scale invariant", "learned",
)  # fmt: skip
CHANNELS = (16, 32, 64)
SHAPE, CLASSES, RESOLUTIONS = (32, 32, 3), 10, 4


def _value(evidence: Evidence, table: str, variant: str, quantity: str | None = None) -> float:
    keys = {} if quantity is None else {"quantity": quantity}
    return evidence.value(table, NETWORK, "base", **keys, variant=variant)


def _operations(variant: str) -> int:
    """Returns the operations of the published network, as the paper counts them."""
    built = architecture.build(NETWORK, SHAPE, CLASSES, {"variant": variant})
    return CostModel(built.graph).cost(built.base_filters).published_flops


@claim(
    PAPER,
    "section 3.2",
    "the final computational cost will always be less than two times the high resolution "
    "convolution",
)
def cost_is_below_twice(evidence: Evidence) -> Finding:
    """Judges it by table 1 and our count."""
    printed = [_value(evidence, "1", each, OPERATIONS) for each in (SCALE_INVARIANT, NO_POOLING)]
    ours = [_operations(each) for each in ("scale_invariant", "no_pooling")]
    return Finding.of(
        printed[0] < 2 * printed[1] and ours[0] < 2 * ours[1],
        f"{printed[0] / printed[1]:.2f} times",
        f"{ours[0] / ours[1]:.3f} times; the sum of quarters is below 4/3",
    )


@claim(
    PAPER,
    "table 1",
    "[operations of the network with no pooling] 0.31 MFLOPS",
)
def unit_of_operations(evidence: Evidence) -> Finding:
    """Judges it by our count."""
    printed = _value(evidence, "1", NO_POOLING, OPERATIONS)
    ours = _operations("no_pooling") / 1e9
    return Finding(
        RELATIVE if says(f"{printed:g}", ours) else CONTRADICTED,
        f"{printed:g}",
        f"{ours:.3f} * 10^9",
        "the column is in 10^9 operations, not 10^6",
    )


@claim(
    PAPER,
    "table 1",
    "[operations of the network with] Predefined Pooling 0.26",
)
def operations_of_predefined_pooling(evidence: Evidence) -> Finding:
    """Judges it by every placement of one resolution for each layer."""
    printed = _value(evidence, "1", POOLING, OPERATIONS)
    at_resolution = _operations_of_placements()
    # The other rows of the column are rounded.
    below = max(each for each in at_resolution if round(each, 2) < printed)
    above = min(each for each in at_resolution if round(each, 2) > printed)
    return Finding.of(
        any(round(each, 2) == printed for each in at_resolution),
        f"{printed:g} * 10^9",
        f"nearest placements {below:.3f} and {above:.3f}; after thirds of the layers "
        f"{_operations('pooling') / 1e9:.3f}",
        "by the count that gives the other rows no placement of one resolution a layer has 0.26",
    )


def _operations_of_placements() -> set[float]:
    """Returns the operations of all placements of one resolution for each of the eight layers."""
    fixed = _operations("no_pooling")
    shallow = architecture.build(NETWORK, SHAPE, CLASSES, {"variant": "no_pooling", "depth": 9})
    layer = fixed - CostModel(shallow.graph).cost(shallow.base_filters).published_flops
    count = 8
    return {
        (fixed - count * layer + sum(layer / 4**each for each in exponents)) / 1e9
        for exponents in itertools.combinations_with_replacement(range(RESOLUTIONS), count)
    }


@claim(
    PAPER,
    "section 3.5",
    "Using the same filters for each resolution for each layer is therefore preferred",
)
def sharing_is_preferred(evidence: Evidence) -> Finding:
    """Cannot be judged by what is printed; our study has a row for it."""
    del evidence
    shared, own = (
        CostModel(built.graph).trainable_params(built.base_filters) / 1e6
        for built in (
            architecture.build(NETWORK, SHAPE, CLASSES, {"variant": "learned", "filters": each})
            for each in ("shared", "per_resolution")
        )
    )
    return Finding(
        NOT_TESTABLE,
        "no figure is printed for filters of their own",
        f"{shared:.3f} M parameters shared, {own:.3f} M with filters of their own",
        "study filter_sizes trains both: row learned filters per resolution of table 1",
    )


@claim(
    PAPER,
    "section 4.2",
    "Forcing the network to be scale invariant [...] leads to a reduction of performance by 0.8%",
)
def scale_invariance_costs(evidence: Evidence) -> Finding:
    """Judges it by table 1, in points."""
    lost = _value(evidence, "1", POOLING, "accuracy_percent") - _value(
        evidence, "1", SCALE_INVARIANT, "accuracy_percent"
    )
    return Finding.of(says("0.8", lost), f"{lost:.1f} points below predefined pooling")


@claim(
    PAPER,
    "section 4.2",
    "this extra cost comes with a neat improvement in performance, obtaining a "
    "classification accuracy of 92.5%",
)
def learned_is_best(evidence: Evidence) -> Finding:
    """Judges it by table 1 and our count."""
    accuracy = {
        each: _value(evidence, "1", each, "accuracy_percent")
        for each in (NO_POOLING, POOLING, SCALE_INVARIANT, LEARNED)
    }
    printed = [_value(evidence, "1", each, OPERATIONS) for each in (LEARNED, SCALE_INVARIANT)]
    ours = [_operations(each) / 1e9 for each in ("learned", "scale_invariant")]
    return Finding.of(
        printed[0] == printed[1] and max(accuracy, key=accuracy.__getitem__) == LEARNED,
        f"{accuracy[LEARNED]} %, {accuracy[LEARNED] - accuracy[POOLING]:+.1f} points over "
        f"predefined pooling, {printed[0]:g} and {printed[1]:g}",
        f"{ours[0]:.3f} and {ours[1]:.3f}",
    )


@claim(
    PAPER,
    "section 4.2",
    "we can highly reduce the computational cost of our network while keeping almost the "
    "same results (same accuracy for 10% pruning)",
)
def pruning_keeps_accuracy(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    rows = (LEARNED, "learned threshold 0.1", "learned threshold 0.2")
    accuracy = [_value(evidence, "1", each, "accuracy_percent") for each in rows]
    operations = [_value(evidence, "1", each, OPERATIONS) for each in rows]
    return Finding.of(
        accuracy[1] == accuracy[0] and operations[1] < operations[0],
        f"{accuracy[0]}, {accuracy[1]}, {accuracy[2]} % at {operations[0]:g}, {operations[1]:g}, "
        f"{operations[2]:g}",
    )


@claim(
    PAPER,
    "section 4.2",
    "in this setting [one resolution] the model performs still well, but slightly worse "
    "than before, losing 1.4% points",
)
def one_resolution_loses(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    lost = _value(evidence, "1", LEARNED, "accuracy_percent") - _value(
        evidence, "1", "learned one resolution", "accuracy_percent"
    )
    return Finding.of(says("1.4", lost), f"{lost:.1f} points")


def _by_channels(evidence: Evidence, variant: str) -> list[float]:
    return [_value(evidence, "2", f"{variant} C={count}") for count in CHANNELS]


@claim(
    PAPER,
    "section 4.3",
    "increasing the number of channels helps for all settings",
)
def more_channels_help(evidence: Evidence) -> Finding:
    """Judges it by table 2."""
    found = {
        each: _by_channels(evidence, each)
        for each in (NO_POOLING, POOLING, SCALE_INVARIANT, LEARNED)
    }
    return Finding.of(
        all(each == sorted(set(each)) for each in found.values()),
        "; ".join(f"{name} {', '.join(map(str, each))}" for name, each in found.items()),
    )


@claim(
    PAPER,
    "section 4.3",
    "the relative ranking of the different configurations is very similar to the previous"
    " experiment",
)
def ranking_is_the_same(evidence: Evidence) -> Finding:
    """Judges it by table 2: the same order at every number of channels."""
    names = (NO_POOLING, POOLING, SCALE_INVARIANT, LEARNED)
    columns = zip(*(_by_channels(evidence, each) for each in names), strict=True)
    orders = {
        tuple(name for _, name in sorted(zip(column, names, strict=True))) for column in columns
    }
    return Finding.of(len(orders) == 1, "; ".join(" < ".join(order) for order in orders))


@claim(
    PAPER,
    "section 4.3",
    "our model as well as the scale invariant version seem to improve more by adding more"
    " channels than the predefined model",
)
def several_resolutions_gain_more(evidence: Evidence) -> Finding:
    """Judges it by table 2, from 16 to 64 channels."""
    found = {}
    for each in (LEARNED, SCALE_INVARIANT, POOLING):
        column = _by_channels(evidence, each)
        found[each] = column[-1] - column[0]
    return Finding.of(
        min(found[LEARNED], found[SCALE_INVARIANT]) > found[POOLING],
        ", ".join(f"{name} {points:+.1f}" for name, points in found.items()),
        remark="single runs, no spread is printed",
    )


@claim(
    PAPER,
    "section 4.4",
    "For the network with 10 layers our algorithm learns that 8 layers are sufficient, "
    "while for the network of 20 layers it learns that 9 layers are sufficient",
)
def depths_are_similar(evidence: Evidence) -> Finding:
    """Judges it by table 3."""
    depths = [_value(evidence, "3", f"learned depth D={each}", DEPTH) for each in (10, 20)]
    return Finding.of(depths == [8, 9], f"{depths[0]:g} of 10 and {depths[1]:g} of 20")


@claim(
    PAPER,
    "section 4.4",
    "for both networks, when learning the depth, the accuracy of the network drops",
)
def learning_the_depth_costs(evidence: Evidence) -> Finding:
    """Judges it by table 3."""
    points = [
        _value(evidence, "3", f"learned depth D={each}", "accuracy_percent")
        - _value(evidence, "3", f"D={each}", "accuracy_percent")
        for each in (10, 20)
    ]
    return Finding.of(
        all(each < 0 for each in points), f"{points[0]:+.1f} and {points[1]:+.1f} points"
    )


def _fabricnet(evidence: Evidence, variant: str, quantity: str) -> float:
    return evidence.value("4", "fabricnet", "base", quantity, variant=variant)


@claim(
    PAPER,
    "section 4.5",
    "It performs comparable to the best model of [FabricNet] but with a fraction of their"
    " parameters",
)
def comparable_with_fewer_parameters(evidence: Evidence) -> Finding:
    """Judges it by table 4; comparable is within half a point."""
    ours, other = "Conv C=64 D=10", "Conv C=128 D=8"
    errors = _value(evidence, "4", ours, ERROR), _fabricnet(evidence, other, ERROR)
    params = (
        _value(evidence, "4", ours, "params_millions"),
        _fabricnet(evidence, other, "params_millions"),
    )
    built = architecture.build(NETWORK, SHAPE, CLASSES, {"variant": "learned"})
    counted = CostModel(built.graph).trainable_params(built.base_filters) / 1e6
    return Finding.of(
        abs(errors[0] - errors[1]) < 0.5 and params[0] < params[1] / 2,
        f"errors {errors[0]} and {errors[1]} %, {params[0]:g} of {params[1]:g} M parameters",
        f"{counted:.3f} M",
    )


@claim(
    PAPER,
    "section 4.5",
    "[with 8 layers and 128 filters] our accuracy is inferior to FabricNet",
)
def wide_one_is_inferior(evidence: Evidence) -> Finding:
    """Judges it by table 4."""
    errors = (
        _value(evidence, "4", "Conv C=128 D=8", ERROR),
        _fabricnet(evidence, "Conv C=128 D=8", ERROR),
    )
    return Finding.of(errors[0] > errors[1], f"errors {errors[0]} and {errors[1]} %")


@claim(
    PAPER,
    "section 4.5",
    "[with an efficient block] with a still very reduce number of parameters we obtain a "
    "better performance than FabricNet",
)
def efficient_block_is_better(evidence: Evidence) -> Finding:
    """Judges it by table 4 and our count."""
    variant = "Eff-Conv C=128 D=8"
    errors = _value(evidence, "4", variant, ERROR), _fabricnet(evidence, "Conv C=128 D=8", ERROR)
    params = _value(evidence, "4", variant, "params_millions")
    options = {"variant": "learned", "channels": 128, "depth": 8, "block": "eff_conv"}
    built = architecture.build(NETWORK, SHAPE, CLASSES, options)
    counted = CostModel(built.graph).trainable_params(built.base_filters) / 1e6
    return Finding.of(
        errors[0] < errors[1],
        f"errors {errors[0]} and {errors[1]} %, {params:g} M parameters",
        f"{counted:.3f} M",
    )


@claim(
    PAPER,
    "section 5",
    "it is always able to estimate a configuration for the pooling layers that is "
    "comparable or better than a predefined one",
)
def learned_is_never_worse(evidence: Evidence) -> Finding:
    """Judges it by table 2."""
    points = [
        learned - pooling
        for learned, pooling in zip(
            _by_channels(evidence, LEARNED), _by_channels(evidence, POOLING), strict=True
        )
    ]
    return Finding.of(
        all(each >= 0 for each in points),
        ", ".join(f"{each:+.1f}" for each in points) + " points at 16, 32 and 64 channels",
    )
