"""Claims of both versions of "Filter redistribution templates" on accuracy."""

from nasbench_templates.papers import paper_networks
from nasbench_templates.papers.claims.claim import (
    CONTRADICTED,
    LOST_FIGURE,
    NOT_TESTABLE,
    RELATIVE,
    Finding,
    claim,
)
from nasbench_templates.papers.claims.evidence import (
    Evidence,
    Gains,
    best_templates,
    datasets,
    listed,
    of_template,
    says,
)

DRAFT1, DRAFT2 = "redistribution_draft1", "redistribution_draft2"
NETWORKS = paper_networks.REDISTRIBUTED
VGG, RESNET, INCEPTION, MOBILENET = NETWORKS
TINY_REMARK = (
    "accuracies on Tiny-ImageNet cannot be top-1 test accuracies: VGG-19's base has 97.23 here and "
    "57.34 in the later paper"
)


def _cells(evidence: Evidence, networks: tuple[str, ...] = NETWORKS) -> Gains:
    """Returns the gains of table 1 under the names of networks and templates."""
    return {
        (f"{network} {template}", dataset): gain
        for network in networks
        for (template, dataset), gain in evidence.gains(("1",), network).items()
    }


def _counted(cells: Gains) -> str:
    above = sum(gain > 0 for gain in cells.values())
    return f"{above} of {len(cells)} cells are above the base"


@claim(
    DRAFT1,
    "table 1",
    "After filter redistribution, most models surpass the base accuracy",
)
def most_models_surpass(evidence: Evidence) -> Finding:
    """Judges it by all cells of table 1."""
    cells = _cells(evidence)
    above = sum(gain > 0 for gain in cells.values())
    return Finding.of(2 * above > len(cells), _counted(cells))


@claim(
    DRAFT2,
    "table 1",
    "After filter redistribution models surpass the base accuracy",
)
def models_surpass(evidence: Evidence) -> Finding:
    """Judges it by all cells of table 1."""
    cells = _cells(evidence)
    return Finding.of(all(gain > 0 for gain in cells.values()), _counted(cells))


@claim(
    DRAFT1,
    "section 4, first experiment",
    "for VGG, ResNet and MobileNet, the model accuracy improves when the template is applied",
)
def classical_models_improve(evidence: Evidence) -> Finding:
    """Judges it by the cells of three networks."""
    cells = _cells(evidence, (VGG, RESNET, MOBILENET))
    below = {key: gain for key, gain in cells.items() if gain < 0}
    return Finding.of(
        not below,
        f"{_counted(cells)}; below: {listed(below)}",
        remark="the best template of each is above its base on both sets",
    )


@claim(
    DRAFT2,
    "section 4, first experiment",
    "for VGG, ResNet and MobileNet, the model accuracy improves in CIFAR-10 when the "
    "templates are applied",
)
def classical_models_improve_on_cifar10(evidence: Evidence) -> Finding:
    """Judges it by the cells of three networks on CIFAR-10."""
    cells = _cells(evidence, (VGG, RESNET, MOBILENET))
    cells = {key: gain for key, gain in cells.items() if key[1] == "cifar10"}
    below = {key: gain for key, gain in cells.items() if gain < 0}
    return Finding.of(not below, f"{_counted(cells)}; below: {listed(below)}")


def _inception_is_best_base(evidence: Evidence) -> Finding:
    best = []
    for dataset in ("cifar10", "cifar100"):
        bases = {each: evidence.value("1", each, "base", dataset=dataset) for each in NETWORKS}
        best.append((max(bases, key=bases.__getitem__), dataset, max(bases.values())))
    return Finding.of(
        all(network == INCEPTION for network, *_ in best),
        ", ".join(f"{dataset}: {network} {accuracy:.2f}" for network, dataset, accuracy in best),
    )


@claim(
    DRAFT1,
    "section 4, first experiment",
    "the Inception architecture, which presents the highest accuracy of all base models "
    "in both datasets",
)
def inception_is_best_base(evidence: Evidence) -> Finding:
    """Judges it by table 1."""
    return _inception_is_best_base(evidence)


def _inception_changes_by_less(evidence: Evidence, limit: float) -> Finding:
    gains = evidence.gains(("1",), INCEPTION)
    beyond = {key: gain for key, gain in gains.items() if abs(gain) >= limit}
    (template, dataset), most = max(gains.items(), key=lambda item: abs(item[1]))
    more = f"; {len(beyond)} cells beyond: {listed(beyond)}" if beyond else ""
    return Finding.of(not beyond, f"at most {most:+.2f} points ({template} on {dataset}){more}")


@claim(
    DRAFT1,
    "section 4, first experiment",
    "templates are only able to change Inception accuracy in less than 1%",
)
def inception_changes_by_less_than_one(evidence: Evidence) -> Finding:
    """Judges it by table 1, in points."""
    return _inception_changes_by_less(evidence, 1)


@claim(
    DRAFT2,
    "section 4, first experiment",
    "templates are only able to change its [Inception's] accuracy in less than 1.5%",
)
def inception_changes_by_less_than_one_and_a_half(evidence: Evidence) -> Finding:
    """Judges it by table 1, in points."""
    return _inception_changes_by_less(evidence, 1.5)


@claim(
    DRAFT2,
    "section 4, first experiment",
    "a very remarkable accuracy improvement is produced in MobileNet [on Tiny-ImageNet]",
)
def mobilenet_improves_on_tiny(evidence: Evidence) -> Finding:
    """Cannot be judged: the figures are not what they are called."""
    gains = evidence.gains(("2",), MOBILENET)
    return Finding(NOT_TESTABLE, f"printed: {listed(gains)}", remark=TINY_REMARK)


@claim(
    DRAFT2,
    "abstract",
    "accuracy improvement for some network-task pairs of up to 5.5%",
)
def accuracy_improves_by_five(evidence: Evidence) -> Finding:
    """Judges it by table 1, in points and relative to the base."""
    best, place = 0.0, ("", "", "")
    for network in NETWORKS:
        for (template, dataset), points in evidence.gains(("1",), network).items():
            relative = 100 * points / evidence.value("1", network, "base", dataset=dataset)
            if relative > best:
                best, place, most = relative, (network, template, dataset), points
    return Finding(
        RELATIVE if says("5.5", best) and not says("5.5", most) else CONTRADICTED,
        f"{most:+.2f} points, {best:.2f} % of the base's accuracy ({' '.join(place)})",
        remark="percent of the base's accuracy",
    )


@claim(
    DRAFT1,
    "section 5",
    "The variation in accuracy for all models after administering templates is less than 5%",
)
def variation_is_below_five(evidence: Evidence) -> Finding:
    """Judges it by table 1, in points."""
    cells = _cells(evidence)
    beyond = {key: gain for key, gain in cells.items() if abs(gain) >= 5}
    return Finding.of(not beyond, f"at most {max(map(abs, cells.values())):.2f} points")


@claim(
    DRAFT2,
    "section 5",
    "The variation in accuracy for all models after administering templates is less than 5%",
)
def variation_is_below_five_again(evidence: Evidence) -> Finding:
    """Judges it by tables 1 and 2, in points."""
    cells = {
        (f"{network} {template}", dataset): gain
        for network in NETWORKS
        for (template, dataset), gain in evidence.gains(("1", "2"), network).items()
    }
    beyond = {key: gain for key, gain in cells.items() if abs(gain) >= 5}
    on_cifar = max(abs(gain) for (_, each), gain in cells.items() if each != "tiny_imagenet")
    return Finding.of(
        not beyond,
        f"at most {on_cifar:.2f} points on CIFAR; beyond: {listed(beyond)}",
        remark=TINY_REMARK,
    )


@claim(
    DRAFT2,
    "section 4, second experiment",
    "the uniform template seems to get the best parameter efficiency for all the models",
)
def uniform_is_most_efficient(evidence: Evidence) -> Finding:
    """Cannot be judged by what is printed."""
    gains = {each: evidence.gains(("1",), each) for each in NETWORKS}
    best = sum(
        "uniform" in best_templates(of_network, dataset, with_base=False)
        for of_network in gains.values()
        for dataset in datasets(of_network)
    )
    above = sum(
        gain > 0
        for of_network in gains.values()
        for gain in of_template(of_network, "uniform").values()
    )
    return Finding(
        NOT_TESTABLE,
        f"at full size uniform is the best template in {best} of 8 cells of table 1 and above the "
        f"base in {above}; the curves of figure 2 decide",
        remark=LOST_FIGURE,
    )
