"""Claims of both versions of "Filter redistribution templates" on what networks take."""

from nasbench_templates.papers import paper_networks
from nasbench_templates.papers.claims.claim import (
    CONTRADICTED,
    HOLDS,
    LOST_FIGURE,
    NOT_TESTABLE,
    RELATIVE,
    Finding,
    claim,
)
from nasbench_templates.papers.claims.evidence import (
    PARAMS,
    Evidence,
    says,
)

DRAFT1, DRAFT2 = "redistribution_draft1", "redistribution_draft2"
NETWORKS = paper_networks.REDISTRIBUTED
VGG, _, INCEPTION, MOBILENET = NETWORKS
TEMPLATES = paper_networks.REDISTRIBUTIONS[1:]
BATCH_MEMORY = "memory_gb_per_batch"


@claim(
    DRAFT1,
    "section 4, first experiment",
    "Negative Quadratic template reduces the memory usage for all models except VGG",
)
def negative_quadratic_saves_memory(evidence: Evidence) -> Finding:
    """Judges it by table 2."""
    less = _memory_less(evidence, "2")
    return Finding.of(
        all((saved > 0) == (network != VGG) for network, saved in less.items()), _percents(less)
    )


@claim(
    DRAFT2,
    "section 4, first experiment",
    "Negative Quadratic template reduces the memory usage",
)
def negative_quadratic_saves_memory_again(evidence: Evidence) -> Finding:
    """Judges it by table 3."""
    less = _memory_less(evidence, "3")
    return Finding.of(all(saved > 0 for saved in less.values()), _percents(less))


def _memory_less(evidence: Evidence, table: str) -> dict[str, float]:
    return {
        network: evidence.percent_less(table, network, "negative_quadratic", BATCH_MEMORY)
        for network in NETWORKS
    }


def _percents(less: dict[str, float]) -> str:
    return ", ".join(f"{network} {-saved:+.0f} %" for network, saved in less.items())


@claim(
    DRAFT1,
    "section 4, first experiment",
    "The Inception model [...] shows a remarkable improvement in speed with a reduction "
    "of 30% over inference time",
)
def inception_is_faster(evidence: Evidence) -> Finding:
    """Judges it by table 2; a round number is one within two."""
    less = evidence.percent_less("2", INCEPTION, "negative_quadratic", "inference_us")
    return Finding.of(abs(less - 30) < 2, f"{less:.1f} % less with negative_quadratic")


@claim(
    DRAFT2,
    "section 4, first experiment",
    "The Inception model shows an improvement in speed with a reduction of 14% over inference time",
)
def inception_is_faster_again(evidence: Evidence) -> Finding:
    """Judges it by table 3."""
    less = evidence.percent_less("3", INCEPTION, "negative_quadratic", "inference_ms_per_batch")
    return Finding.of(says("14", less), f"{less:.1f} % less with negative_quadratic")


@claim(
    DRAFT1,
    "section 4, first experiment",
    "The Reverse-Base, Uniform and Quadratic templates show some reductions in the number"
    " of parameters",
)
def some_templates_save_parameters(evidence: Evidence) -> Finding:
    """Judges it by table 2 and our counts: each saves with some network."""
    printed, ours = (
        {
            template: [each for each in NETWORKS if less("2", each, template) > 0.5]
            for template in ("reverse", "uniform", "quadratic")
        }
        for less in (evidence.percent_less, evidence.our_percent_less)
    )
    return Finding.of(all(printed.values()), _saving(printed), _saving(ours))


def _saving(found: dict[str, list[str]]) -> str:
    return "; ".join(f"{name}: {', '.join(each) or 'none'}" for name, each in found.items())


@claim(
    DRAFT2,
    "abstract and section 5",
    "a reduction of up to 45% in parameters",
)
def parameters_fall_by_45(evidence: Evidence) -> Finding:
    """Judges it by table 3 and by the rule that the paper gives."""
    less = {
        (network, template): evidence.percent_less("3", network, template)
        for network in NETWORKS
        for template in TEMPLATES
    }
    (network, template), most = max(less.items(), key=lambda item: item[1])
    ours = evidence.our_percent_less("3", network, template)
    does_rule_say_so = says("45", ours)
    return Finding(
        (HOLDS if does_rule_say_so else RELATIVE) if says("45", most) else CONTRADICTED,
        f"{most:.1f} % less ({network} {template})",
        f"{ours:.1f} % less",
        "only by the printed count: the paper's rule gives 240 filters a stage, the count has 200",
    )


@claim(
    DRAFT2,
    "abstract and section 5",
    "60% reduction in memory footprint",
)
def memory_falls_by_60(evidence: Evidence) -> Finding:
    """Judges it by table 3."""
    less = {
        (network, template): evidence.percent_less("3", network, template, BATCH_MEMORY)
        for network in NETWORKS
        for template in TEMPLATES
    }
    (network, template), most = max(less.items(), key=lambda item: item[1])
    return Finding.of(
        says("60", most),
        f"{most:.1f} % less ({network} {template})",
        remark="as CUDA reported it; no count of the networks gives the column",
    )


@claim(
    DRAFT1,
    "section 4, second experiment",
    "their original accuracy can be reached with less than 25% of the original parameters"
    " in the two models [VGG and MobileNet]",
)
def a_quarter_of_parameters_is_enough(evidence: Evidence) -> Finding:
    """Cannot be judged by what is printed."""
    shares = [evidence.our_percent_of_base("2", each, "uniform") for each in (VGG, MOBILENET)]
    return Finding(
        NOT_TESTABLE,
        "only in the curves of figure 3",
        f"uniform without a multiplier has {shares[0]:.0f} % and {shares[1]:.0f} %",
        LOST_FIGURE,
    )


@claim(
    DRAFT1,
    "section 4, second experiment",
    "More than 50% of memory consumption can be reduced in both models while producing "
    "the same accuracy",
)
def half_of_the_memory_is_enough(evidence: Evidence) -> Finding:
    """Cannot be judged by what is printed."""
    del evidence
    return Finding(NOT_TESTABLE, "only in the curves of figure 4", remark=LOST_FIGURE)


@claim(
    DRAFT2,
    "section 3",
    "changing the distribution for a VGG19 model [...] produces a model with 344 filters "
    "in each layer",
)
def vgg_uniform_has_344(evidence: Evidence) -> Finding:
    """Judges it by the network that the rule gives."""
    filters = paper_networks.redistributed(VGG, "uniform").plan().filters
    printed = evidence.figure("3", VGG, "uniform", PARAMS)
    ours = paper_networks.redistributed(VGG, "uniform").plan().cost.trainable_params
    return Finding.of(
        set(filters) == {344} and printed.is_printed_of(ours / 1e6),
        f"5504 / 16; {printed.text} M parameters",
        f"{filters[0]} filters, {ours / 1e6:.3f} M parameters",
    )
