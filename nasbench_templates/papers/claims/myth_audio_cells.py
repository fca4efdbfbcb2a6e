"""Claims of "The Myth of the Pyramid" on audio and on NAS-Bench-101: sections 6 and 7."""

from nasbench_templates.papers import paper_networks, printed_memory
from nasbench_templates.papers.claims.claim import (
    CONTRADICTED,
    RELATIVE,
    Finding,
    claim,
)
from nasbench_templates.papers.claims.evidence import (
    MEMORY,
    PARAMS,
    TIME,
    Evidence,
    best_templates,
    listed,
    says,
)
from nasbench_templates.papers.published import Figure

MYTH = "myth"
RESNET = "resnet50"
BEST, RESNET_LIKE = (paper_networks.CELL_PREFIX + cell for cell in paper_networks.CELLS)
EXCHANGED = "the printed {} is the {} distribution: columns b and c of table 6 are exchanged"
# A training step computes the network forward once and, for inputs and weights, backward twice; the
# paper's figures are those of 128 images.
_STEP = 3 * 2 * 128


@claim(
    MYTH,
    "abstract",
    "[a different design wins] for other tasks such as audio classification",
)
def base_is_beaten_on_audio(evidence: Evidence) -> Finding:
    """Judges it by table 5."""
    gains = evidence.gains(("5",), RESNET)
    best = {each: best_templates(gains, each) for each in ("gtzan", "esc50")}
    return Finding.of(
        all("base" not in names for names in best.values()),
        ", ".join(f"{each}: {' and '.join(sorted(names))}" for each, names in best.items()),
    )


@claim(
    MYTH,
    "section 6.3, paragraph 1",
    "marginal improvements in accuracy of 0.96% and 2.14% for GTZAN and ESC-50 over the "
    "base ResNet model",
)
def audio_gains(evidence: Evidence) -> Finding:
    """Judges it by table 5, in points and relative to the base."""
    found = {}
    for dataset in ("gtzan", "esc50"):
        gains = evidence.gains(("5",), RESNET)
        points = max(gain for (_, each), gain in gains.items() if each == dataset)
        base = evidence.value("5", RESNET, "base", dataset=dataset)
        found[dataset] = points, 100 * points / base
    (gtzan, gtzan_percent), (esc50, esc50_percent) = found["gtzan"], found["esc50"]
    is_exchanged = says("0.96", esc50_percent) and says("2.14", gtzan_percent)
    return Finding(
        RELATIVE if is_exchanged else CONTRADICTED,
        f"GTZAN {gtzan:.2f} points ({gtzan_percent:.2f} %), ESC-50 {esc50:.2f} points "
        f"({esc50_percent:.2f} %)",
        remark="percent of the base's accuracy, and the two data sets are exchanged",
    )


@claim(
    MYTH,
    "section 6.3, paragraph 1",
    "savings in memory footprint and inference time reach 15% for template d while the "
    "number of parameters shows a considerable reduction of 65%",
)
def audio_d_saves(evidence: Evidence) -> Finding:
    """Judges it by table 5; memory and parameters also by our counts."""
    less = {
        each: evidence.percent_less("5", RESNET, "d", each, dataset="audio")
        for each in (MEMORY, TIME, PARAMS)
    }
    compared = {
        each.figure.template: each.ours
        for each in printed_memory.compare_memory(evidence.select("5", quantity=MEMORY))
    }
    return Finding.of(
        # The sentence rounds: 64.46 is its 65.
        says("15", less[MEMORY]) and says("15", less[TIME]) and abs(less[PARAMS] - 65) < 1,
        f"{less[MEMORY]:.2f} %, {less[TIME]:.2f} %, {less[PARAMS]:.2f} %",
        f"memory {100 * (1 - compared['d'] / compared['base']):.2f} %, parameters "
        f"{evidence.our_percent_less('5', RESNET, 'd'):.2f} %",
        "65 % is 64.5 %",
    )


@claim(
    MYTH,
    "section 6.3, paragraph 1",
    "We could take template c on GTZAN and obtain a similar accuracy with only 14.82% of "
    "the original parameters",
)
def audio_c_is_similar(evidence: Evidence) -> Finding:
    """Judges it by table 5; similar is within half a point."""
    share = evidence.percent_of_base("5", RESNET, "c")
    gain = evidence.gains(("5",), RESNET)["c", "gtzan"]
    return Finding.of(
        says("14.82", share) and abs(gain) < 0.5,
        f"{share:.2f} %, {gain:+.2f} points",
        f"{evidence.our_percent_of_base('5', RESNET, 'c'):.2f} %",
    )


@claim(
    MYTH,
    "section 6.3, paragraph 2",
    "There is no absolute winner template in this task of audio classification",
)
def audio_has_no_winner(evidence: Evidence) -> Finding:
    """Judges it by table 5."""
    gains = evidence.gains(("5",), RESNET)
    gtzan, esc50 = (best_templates(gains, each) for each in ("gtzan", "esc50"))
    return Finding.of(not gtzan & esc50, f"GTZAN: {', '.join(gtzan)}; ESC-50: {', '.join(esc50)}")


@claim(
    MYTH,
    "abstract",
    "the best performing model from the NASBench101 dataset can increase its accuracy "
    "over the original pyramidal design with reductions of parameters up to 68 per cent",
)
def best_cell_saves(evidence: Evidence) -> Finding:
    """Judges it by table 6."""
    gains = evidence.gains(("6",), BEST)
    better = {template: gain for (template, _), gain in gains.items() if gain > 0}
    most = max(better, key=lambda each: evidence.percent_less("6", BEST, each))
    less = evidence.percent_less("6", BEST, most)
    return Finding.of(
        says("68", less),
        f"{most}: {less:.2f} % less, {better[most]:+.2f} points",
        f"{evidence.our_percent_less('6', BEST, most):.2f} %",
        EXCHANGED.format("c", "uniform"),
    )


@claim(
    MYTH,
    "section 7.2, paragraph 3",
    "FLOPs and parameters of the best performing network in NASBench-101 are more than "
    "five times the ones of the ResNet-like network, while gaining in accuracy is less "
    "than three per cent",
)
def best_cell_costs_five_times(evidence: Evidence) -> Finding:
    """Judges it by table 6."""
    place, quantity = "6, row labels", "training_step_gflops"
    flops = [evidence.value(place, each, "base", quantity) for each in (BEST, RESNET_LIKE)]
    params = [evidence.value("6", each, "base", PARAMS) for each in (BEST, RESNET_LIKE)]
    points = evidence.value("6", BEST, "base") - evidence.value("6", RESNET_LIKE, "base")
    ours = [
        paper_networks.nasbench_network(each, "base").plan().cost for each in paper_networks.CELLS
    ]
    return Finding.of(
        flops[0] > 5 * flops[1] and params[0] > 5 * params[1] and 0 < points < 3,
        f"{flops[0] / flops[1]:.2f} and {params[0] / params[1]:.2f} times, {points:+.2f} points",
        f"{ours[0].macs / ours[1].macs:.2f} and "
        f"{ours[0].trainable_params / ours[1].trainable_params:.2f} times",
    )


@claim(
    MYTH,
    "section 7.2, paragraph 4",
    "Template b with both models uses one-fifth of the original parameters",
)
def cells_b_uses_a_fifth(evidence: Evidence) -> Finding:
    """Judges it by table 6."""
    shares = [evidence.percent_of_base("6", each, "b") for each in (BEST, RESNET_LIKE)]
    ours = [evidence.our_percent_of_base("6", each, "b") for each in (BEST, RESNET_LIKE)]
    return Finding.of(
        all(abs(each - 20) < 1 for each in shares),
        f"{shares[0]:.2f} % and {shares[1]:.2f} %",
        f"{ours[0]:.2f} % and {ours[1]:.2f} %",
        EXCHANGED.format("b", "falling"),
    )


@claim(
    MYTH,
    "section 7.2, paragraph 4",
    "Template c obtains a higher accuracy than the best performing model with one-third "
    "of the parameters",
)
def best_cell_c_is_better(evidence: Evidence) -> Finding:
    """Judges it by table 6."""
    share = evidence.percent_of_base("6", BEST, "c")
    gain = evidence.gains(("6",), BEST)["c", "cifar10"]
    return Finding.of(
        gain > 0 and abs(share - 100 / 3) < 2,
        f"{share:.2f} %, {gain:+.2f} points",
        f"{evidence.our_percent_of_base('6', BEST, 'c'):.2f} %",
        EXCHANGED.format("c", "uniform") + "; single accuracies, no spread is printed",
    )


@claim(
    MYTH,
    "table 6",
    "both models are capable of obtaining further accuracy with fewer parameters using "
    "the same FLOPs",
)
def both_cells_improve(evidence: Evidence) -> Finding:
    """Judges it by table 6."""
    better = {
        (f"{network.removeprefix(paper_networks.CELL_PREFIX)} {template}", dataset): gain
        for network in (BEST, RESNET_LIKE)
        for (template, dataset), gain in evidence.gains(("6",), network).items()
        if gain > 0 and evidence.percent_less("6", network, template) > 0
    }
    return Finding.of(
        all(any(each.startswith(cell) for each, _ in better) for cell in paper_networks.CELLS),
        listed(better),
    )


def _training_steps(evidence: Evidence, quantity: str, table: str) -> list[tuple[Figure, float]]:
    """Returns printed operations and ours of a training step, in 10^9."""
    found = []
    for network, cell in zip((BEST, RESNET_LIKE), paper_networks.CELLS, strict=True):
        macs = paper_networks.nasbench_network(cell, "base").plan().cost.macs
        printed = evidence.figure(table, network, "base", quantity)
        found.append((printed, _STEP * macs / 1e9))
    return found


@claim(
    MYTH,
    "table 6, row labels",
    "Best architecture 3664 GFLOPs, ResNet-like 687 GFLOPs",
)
def cells_cost_of_a_step(evidence: Evidence) -> Finding:
    """Judges it by our count: of one image it is neither GFLOPs nor what tables 1 to 5 count."""
    steps = _training_steps(evidence, "training_step_gflops", "6, row labels")
    # What a step computes besides convolutions is a thousandth.
    is_step = all(abs(ours / printed.number - 1) < 2e-3 for printed, ours in steps)
    return Finding(
        RELATIVE if is_step else CONTRADICTED,
        " and ".join(f"{printed.text}" for printed, _ in steps),
        " and ".join(f"{ours:.1f}" for _, ours in steps),
        "of a training step on 128 images, two operations for each multiply-accumulate; not of an "
        "image, as in tables 1 to 5",
    )
