"""Claims of "The Myth of the Pyramid" on the whole: abstract, captions, sections 3, 5 and 8."""

from nasbench_templates.papers import count_tables, paper_networks
from nasbench_templates.papers.claims.claim import Finding, claim
from nasbench_templates.papers.claims.evidence import (
    Evidence,
    best_templates,
    datasets,
    listed,
    says,
)

MYTH = "myth"
VGG, RESNET, *_ = paper_networks.CLASSIFIERS
TEMPLATES = paper_networks.TEMPLATES[1:]
TINY = "tiny_imagenet"


@claim(
    MYTH,
    "section 3",
    "ResNet's FLOPs (1307 MFLOPs) are more than three times VGG ones (399 MFLOPs)",
)
def resnet_is_three_times_vgg(evidence: Evidence) -> Finding:
    """Judges it by the captions and our count of the same operations."""
    place, quantity = "2 and 3, captions", "published_mflops"
    vgg, resnet = (evidence.value(place, each, "base", quantity) for each in (VGG, RESNET))
    ours = [
        paper_networks.classifier(each, "base").plan().cost.published_flops / 1e6
        for each in (VGG, RESNET)
    ]
    return Finding.of(
        resnet > 3 * vgg,
        f"{resnet:g} / {vgg:g} = {resnet / vgg:.2f}",
        f"{ours[1]:.2f} / {ours[0]:.2f} = {ours[1] / ours[0]:.2f}",
    )


@claim(
    MYTH,
    "table 1",
    "FLOPs remain similar in comparison to base models",
)
def flops_remain_similar(evidence: Evidence) -> Finding:
    """Judges it by our count of all 24 networks, which no table prints."""
    del evidence
    ratios = []
    for network in paper_networks.CLASSIFIERS:
        costs = [
            paper_networks.classifier(network, template).plan().cost.published_flops
            for template in paper_networks.TEMPLATES
        ]
        ratios += [100 * (cost / costs[0] - 1) for cost in costs[1:]]
    return Finding.of(
        max(map(abs, ratios)) < 2,
        "only the bases' are printed",
        f"from {min(ratios):+.2f} % to {max(ratios):+.2f} %",
    )


@claim(
    MYTH,
    "tables 2 and 3",
    "After filter redistribution, most models surpass the base accuracy",
)
def most_models_surpass(evidence: Evidence) -> Finding:
    """Judges it by all cells of tables 2 and 3."""
    cells = [
        gain > 0
        for network in paper_networks.CLASSIFIERS
        for gain in evidence.image_gains(network).values()
    ]
    return Finding.of(2 * sum(cells) > len(cells), f"{sum(cells)} of {len(cells)} cells")


@claim(
    MYTH,
    "abstract",
    "[the pyramidal design] holds on the ImageNet dataset",
)
def base_wins_on_imagenet(evidence: Evidence) -> Finding:
    """Judges it by table 4."""
    gains = {each: evidence.gains(("4",), each) for each in (VGG, RESNET)}
    nearest = {each: max(found.values()) for each, found in gains.items()}
    return Finding.of(
        all(gain < 0 for gain in nearest.values()),
        "; ".join(f"{each}: the nearest template {gain:+.3f}" for each, gain in nearest.items()),
    )


def _bases_beaten(evidence: Evidence, names: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    return [
        (network, each, best_templates(evidence.image_gains(network), each) != {"base"})
        for network in paper_networks.CLASSIFIERS
        for each in names
    ]


@claim(
    MYTH,
    "abstract",
    "but fails for other datasets such as MNIST, CIFAR",
)
def base_is_beaten_on_small_sets(evidence: Evidence) -> Finding:
    """Judges it by tables 2 and 3: some template is above the base."""
    names = ("mnist", "fashion_mnist", "cifar10", "cifar100", "cinic10")
    beaten = _bases_beaten(evidence, names)
    count = sum(is_beaten for *_, is_beaten in beaten)
    return Finding.of(
        count == len(beaten), f"a template is above the base for {count} of {len(beaten)} pairs",
        remark="the best of five templates is compared with one base",
    )  # fmt: skip


@claim(
    MYTH,
    "abstract",
    "[but fails for] Tiny-ImageNet",
)
def base_is_beaten_on_tiny(evidence: Evidence) -> Finding:
    """Judges it by tables 2 and 3."""
    beaten = _bases_beaten(evidence, (TINY,))
    return Finding.of(
        all(is_beaten for *_, is_beaten in beaten),
        ", ".join(f"{network}: {'yes' if each else 'no'}" for network, _, each in beaten),
    )


@claim(
    MYTH,
    "section 5",
    "the model obtained from VGG with template d uses only 29% of the original parameters"
    " sacrificing 4.6 points in accuracy",
)
def vgg_d_on_imagenet(evidence: Evidence) -> Finding:
    """Judges it by table 4."""
    share = evidence.percent_of_base("4", VGG, "d")
    lost = -evidence.gains(("4",), VGG)["d", "imagenet"]
    return Finding.of(
        says("29", share) and says("4.6", lost), f"{share:.2f} %, {lost:.3f} points",
        f"{evidence.our_percent_of_base('4', VGG, 'd'):.2f} %",
    )  # fmt: skip


@claim(
    MYTH,
    "section 5",
    "For ResNet, template d can produce a model with the accuracy of the original VGG "
    "using 35% of the original ResNet parameters",
)
def resnet_d_reaches_vgg(evidence: Evidence) -> Finding:
    """Judges it by table 4; the same accuracy is one within half a point."""
    share = evidence.percent_of_base("4", RESNET, "d")
    gap = evidence.value("4", RESNET, "d") - evidence.value("4", VGG, "base")
    return Finding.of(
        says("35", share) and abs(gap) < 0.5, f"{share:.2f} %, {gap:+.3f} points",
        f"{evidence.our_percent_of_base('4', RESNET, 'd'):.2f} %",
        count_tables.RESNET_IMAGENET_NOTE,
    )  # fmt: skip


@claim(
    MYTH,
    "section 5",
    "With template a, we obtained a model with 38% less parameters and a difference of "
    "less than one point of accuracy",
)
def resnet_a_on_imagenet(evidence: Evidence) -> Finding:
    """Judges it by table 4."""
    less = evidence.percent_less("4", RESNET, "a")
    lost = -evidence.gains(("4",), RESNET)["a", "imagenet"]
    return Finding.of(
        says("38", less) and 0 < lost < 1, f"{less:.2f} %, {lost:.3f} points",
        f"{evidence.our_percent_less('4', RESNET, 'a'):.2f} %",
        count_tables.RESNET_IMAGENET_NOTE,
    )  # fmt: skip


@claim(
    MYTH,
    "section 8, paragraph 4",
    "the variation in accuracy for all models after using templates is less than 5% for "
    "image classification",
)
def variation_is_below_five_percent(evidence: Evidence) -> Finding:
    """Judges it by tables 2, 3 and 4, in points."""
    beyond = {
        (f"{network} {template}", dataset): gain
        for network in paper_networks.CLASSIFIERS
        for (template, dataset), gain in evidence.gains(("2", "3", "4"), network).items()
        if abs(gain) >= 5
    }
    return Finding.of(not beyond, f"{len(beyond)} cells are beyond: {listed(beyond)}")


@claim(
    MYTH,
    "section 8, paragraph 5",
    "for each model tested, there is no particular distribution of filters that "
    "guarantees the best accuracy on all tasks",
)
def no_template_always_wins(evidence: Evidence) -> Finding:
    """Judges it by tables 2 and 3."""
    always = {}
    for network in paper_networks.CLASSIFIERS:
        gains = evidence.image_gains(network)
        winners = [best_templates(gains, each) for each in datasets(gains)]
        always[network] = set.intersection(*winners)
    return Finding.of(
        not any(always.values()),
        "; ".join(
            f"{network}: {', '.join(sorted(names)) or 'none'} best on all"
            for network, names in always.items()
        ),
    )
