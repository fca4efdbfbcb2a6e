"""Claims of "The Myth of the Pyramid" on image classification: section 4."""

from nasbench_templates.papers import paper_networks, printed_memory
from nasbench_templates.papers.claims.claim import Finding, claim
from nasbench_templates.papers.claims.evidence import (
    MEMORY,
    PARAMS,
    TIME,
    Evidence,
    Gains,
    below_base,
    best_templates,
    datasets,
    listed,
    of_template,
    says,
)

MYTH = "myth"
VGG, RESNET, MOBILENET, MNASNET = paper_networks.CLASSIFIERS
TEMPLATES = paper_networks.TEMPLATES[1:]
TINY = "tiny_imagenet"


@claim(
    MYTH,
    "section 4.3, paragraph 1",
    "Parameters, memory footprint and inference time are reduced in almost all cases",
)
def resources_are_reduced(evidence: Evidence) -> Finding:
    """Judges it by the cells of table 1."""
    reduced = {
        quantity: [
            (network, evidence.percent_less("1", network, template, quantity) > 0)
            for network in paper_networks.CLASSIFIERS
            for template in TEMPLATES
            if evidence.select("1", network=network, template=template, quantity=quantity)
        ]
        for quantity in (PARAMS, MEMORY, TIME)
    }
    counts = {name: sum(is_less for _, is_less in cells) for name, cells in reduced.items()}
    memory_of = {
        network: [is_less for each, is_less in reduced[MEMORY] if each == network]
        for network in paper_networks.CLASSIFIERS
    }
    never = [network for network, cells in memory_of.items() if not any(cells)]
    return Finding.of(
        not never,
        "; ".join(f"{name}: {counts[name]} of {len(cells)}" for name, cells in reduced.items()),
        remark=f"memory never falls for {', '.join(never)}" if never else "",
    )


@claim(
    MYTH,
    "section 4.3, paragraph 2",
    "increases in accuracy up to 2.11 percent points over the VGG base model primarily "
    "obtained with template d",
)
def vgg_gains_most_with_d(evidence: Evidence) -> Finding:
    """Judges it by table 2."""
    gains = evidence.image_gains(VGG)
    (template, dataset), most = max(gains.items(), key=lambda item: item[1])
    won = [each for each in datasets(gains) if "d" in best_templates(gains, each)]
    return Finding.of(
        says("2.11", most) and template == "d" and 2 * len(won) > len(datasets(gains)),
        f"{most:+.2f} points with {template} on {dataset}; d is best on {len(won)} of "
        f"{len(datasets(gains))} data sets",
    )


@claim(
    MYTH,
    "section 4.3, paragraph 2",
    "Reductions of 90% in parameters, 79% in memory usage and 22% in inference time are "
    "produced by using template c",
)
def vgg_c_saves(evidence: Evidence) -> Finding:
    """Judges it by table 1, parameters and memory also by our counts."""
    less = {each: evidence.percent_less("1", VGG, "c", each) for each in (PARAMS, MEMORY, TIME)}
    ours = [
        printed_memory.table1_mb(paper_networks.classifier(VGG, each).plan())
        for each in ("c", "base")
    ]
    return Finding.of(
        says("90", less[PARAMS]) and says("79", less[MEMORY]) and says("22", less[TIME]),
        f"{less[PARAMS]:.1f} %, {less[MEMORY]:.1f} %, {less[TIME]:.1f} %",
        f"{evidence.our_percent_less('1', VGG, 'c'):.1f} %, {100 * (1 - ours[0] / ours[1]):.1f} %",
    )


@claim(
    MYTH,
    "section 4.3, paragraph 2",
    "[with template c] accuracy is still slightly superior on all datasets",
)
def vgg_c_is_superior_everywhere(evidence: Evidence) -> Finding:
    """Judges it by table 2."""
    gains = of_template(evidence.image_gains(VGG), "c")
    below = below_base(gains)
    return Finding.of(not below, f"below the base: {listed(below)}", remark="VGG-19 in table 2")


@claim(
    MYTH,
    "section 4.3, paragraph 2",
    "The fastest model with a reduction of 24% in inference time is reached with template b",
)
def vgg_b_is_fastest(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    less = {each: evidence.percent_less("1", VGG, each, TIME) for each in TEMPLATES}
    fastest = max(less, key=less.__getitem__)
    return Finding.of(
        fastest == "b" and says("24", less["b"]), f"{fastest} is fastest, {less[fastest]:.1f} %"
    )


@claim(
    MYTH,
    "section 4.3, paragraph 3",
    "Template c shows savings of 85% in parameters, 30% in memory usage and almost 20% in"
    " inference time",
)
def resnet_c_saves(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    less = {each: evidence.percent_less("1", RESNET, "c", each) for each in (PARAMS, MEMORY, TIME)}
    return Finding.of(
        says("85", less[PARAMS]) and says("30", less[MEMORY]) and says("20", less[TIME]),
        f"{less[PARAMS]:.1f} %, {less[MEMORY]:.1f} %, {less[TIME]:.1f} %",
        f"{evidence.our_percent_less('1', RESNET, 'c'):.1f} % of parameters",
    )


@claim(
    MYTH,
    "section 4.3, paragraph 3",
    "The highest accuracies are obtained in half of the datasets by template a",
)
def resnet_a_is_best_on_half(evidence: Evidence) -> Finding:
    """Judges it by table 2."""
    gains = evidence.image_gains(RESNET)
    won = [each for each in datasets(gains) if "a" in best_templates(gains, each)]
    return Finding.of(2 * len(won) == len(datasets(gains)), f"on {', '.join(won)}")


@claim(
    MYTH,
    "section 4.3, paragraph 3",
    "The smallest model in memory is obtained with template d reaching maximum accuracy "
    "in CIFAR datasets with 32% less memory",
)
def resnet_d_is_smallest(evidence: Evidence) -> Finding:
    """Judges it by tables 1 and 2."""
    less = {each: evidence.percent_less("1", RESNET, each, MEMORY) for each in TEMPLATES}
    gains = evidence.image_gains(RESNET)
    is_best = all(best_templates(gains, each) == {"d"} for each in ("cifar10", "cifar100"))
    ours = [
        printed_memory.table1_mb(paper_networks.classifier(RESNET, each).plan())
        for each in ("d", "base")
    ]
    return Finding.of(
        max(less, key=less.__getitem__) == "d" and says("32", less["d"]) and is_best,
        f"{less['d']:.1f} % less, the most of all; best on both CIFAR sets: {is_best}",
        f"{100 * (1 - ours[0] / ours[1]):.1f} %",
    )


@claim(
    MYTH,
    "section 4.3, paragraph 4",
    "Accuracy improves in many datasets with templates a and d",
)
def a_and_d_improve(evidence: Evidence) -> Finding:
    """Judges it by table 2."""
    found = {
        template: [
            gain > 0
            for network in (VGG, RESNET)
            for gain in of_template(evidence.image_gains(network), template).values()
        ]
        for template in ("a", "d")
    }
    return Finding.of(
        all(2 * sum(each) > len(each) for each in found.values()),
        ", ".join(f"{name}: {sum(each)} of {len(each)}" for name, each in found.items()),
        remark="VGG-19 and ResNet-50 on six data sets",
    )


@claim(
    MYTH,
    "section 4.4, paragraph 1",
    "templates can reduce resource demands up to 77% in parameters and 11% in memory footprint",
)
def optimised_models_save(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    most = {
        quantity: max(
            evidence.percent_less("1", network, template, quantity)
            for network in (MOBILENET, MNASNET)
            for template in TEMPLATES
        )
        for quantity in (PARAMS, MEMORY)
    }
    ours = max(
        evidence.our_percent_less("1", network, template)
        for network in (MOBILENET, MNASNET)
        for template in TEMPLATES
    )
    return Finding.of(
        says("77", most[PARAMS]) and says("11", most[MEMORY]),
        f"{most[PARAMS]:.1f} % and {most[MEMORY]:.1f} %",
        f"{ours:.1f} % of parameters",
    )


@claim(
    MYTH,
    "section 4.4, paragraph 2",
    "models with templates reach almost 5% of reduction in inference time",
)
def optimised_models_are_faster(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    less = {
        (network, template): evidence.percent_less("1", network, template, TIME)
        for network in (MOBILENET, MNASNET)
        for template in TEMPLATES
    }
    (network, template), most = max(less.items(), key=lambda item: item[1])
    slower = sum(each < 0 for each in less.values())
    return Finding.of(
        says("5", most), f"{most:.1f} % ({network} {template}); {slower} of {len(less)} are slower"
    )


@claim(
    MYTH,
    "section 4.4, paragraph 3",
    "template e produces the biggest savings in parameters and memory for MobileNet while"
    " still surpassing the base accuracy",
)
def mobilenet_e_surpasses(evidence: Evidence) -> Finding:
    """Judges it by tables 1 and 3."""
    saves = {
        quantity: max(
            TEMPLATES, key=lambda each: evidence.percent_less("1", MOBILENET, each, quantity)
        )
        for quantity in (PARAMS, MEMORY)
    }
    below = below_base(of_template(evidence.image_gains(MOBILENET), "e"))
    return Finding.of(
        set(saves.values()) == {"e"} and not below,
        f"most saved by {', '.join(saves.values())}; below the base: {listed(below)}",
    )


@claim(
    MYTH,
    "section 4.4, paragraph 3",
    "The highest performance is obtained with templates a and b for this model [MobileNet]",
)
def mobilenet_a_and_b_are_best(evidence: Evidence) -> Finding:
    """Judges it by table 3, among the templates."""
    gains = evidence.image_gains(MOBILENET)
    best = {each: best_templates(gains, each, with_base=False) for each in datasets(gains)}
    return Finding.of(
        all(each & {"a", "b"} for each in best.values()),
        ", ".join(f"{each}: {' and '.join(sorted(names))}" for each, names in best.items()),
        remark="among the templates; on Tiny-ImageNet the base is above all",
    )


@claim(
    MYTH,
    "section 4.4, paragraph 3",
    "For MnasNet, template a emerges as the best one regarding accuracy and being capable"
    " of reducing almost 50% of parameters",
)
def mnasnet_a_is_best(evidence: Evidence) -> Finding:
    """Judges it by tables 1 and 3, among the templates."""
    gains = evidence.image_gains(MNASNET)
    won = [each for each in datasets(gains) if "a" in best_templates(gains, each, with_base=False)]
    less = evidence.percent_less("1", MNASNET, "a")
    return Finding.of(
        2 * len(won) > len(datasets(gains)) and says("50", less),
        f"best template on {len(won)} of {len(datasets(gains))} data sets, {less:.1f} % less",
        f"{evidence.our_percent_less('1', MNASNET, 'a'):.1f} %",
    )


@claim(
    MYTH,
    "section 4.4, paragraph 3",
    "it shows reductions of 2.9% on model latency",
)
def mnasnet_a_is_faster(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    less = evidence.percent_less("1", MNASNET, "a", TIME)
    return Finding.of(says("2.9", less), f"{less:.2f} %")


@claim(
    MYTH,
    "section 4.4, paragraph 4",
    "both MobileNetV2 and MnasNet perform best in tiny-Imagenet dataset [with their own "
    "distribution]",
)
def bases_win_on_tiny(evidence: Evidence) -> Finding:
    """Judges it by table 3."""
    gains = {each: evidence.image_gains(each) for each in (MOBILENET, MNASNET)}
    nearest = {each: max(_tiny(found).values()) for each, found in gains.items()}
    return Finding.of(
        all(best_templates(each, TINY) == {"base"} for each in gains.values()),
        "; ".join(f"{each}: the nearest template {gain:+.2f}" for each, gain in nearest.items()),
    )


def _tiny(gains: Gains) -> Gains:
    return {key: gain for key, gain in gains.items() if key[1] == TINY}


@claim(
    MYTH,
    "section 4.4, paragraph 4",
    "template a is still competitive with reductions of 1.5 and 1.8 points in accuracy",
)
def a_loses_little_on_tiny(evidence: Evidence) -> Finding:
    """Judges it by table 3."""
    lost = [-evidence.image_gains(each)["a", TINY] for each in (MOBILENET, MNASNET)]
    return Finding.of(
        says("1.5", lost[0]) and says("1.8", lost[1]), f"{lost[0]:.2f} and {lost[1]:.2f} points"
    )


@claim(
    MYTH,
    "section 4.4, paragraph 4",
    "savings up to 36% and 49% in parameters for MobileNet and MnasNet",
)
def a_saves(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    less = [evidence.percent_less("1", each, "a") for each in (MOBILENET, MNASNET)]
    ours = [evidence.our_percent_less("1", each, "a") for each in (MOBILENET, MNASNET)]
    return Finding.of(
        says("36", less[0]) and says("49", less[1]),
        f"{less[0]:.1f} % and {less[1]:.1f} %",
        f"{ours[0]:.1f} % and {ours[1]:.1f} % on CIFAR-10",
        "counted with the 10 classes of table 1",
    )
