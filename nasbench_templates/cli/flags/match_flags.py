"""Flags of the templates, of budgets, and of how the former are matched to the latter."""

from collections.abc import Iterator, Sequence

from absl import flags, logging

from nasbench_templates.cli.flags import number_flags
from nasbench_templates.design.settings import Budget, MatchSettings, exact_number
from nasbench_templates.distributions.matching import MATCH_RULES
from nasbench_templates.distributions.template import BASE, RedistributionTemplate, templates
from nasbench_templates.graph.cost import QUANTITIES
from nasbench_templates.support.errors import ConfigError

# Of these flags in --help.
SECTION = "matching"

_DEFAULT_TEMPLATES = (BASE, "a", "b", "c", "d", "e")
MOST_MULTIPLIER = 1000
MATCHED_ON = (*QUANTITIES, "trainable_params")
RULES_HELP = (
    "the largest peak not above the budget, the nearest one, or closest: single slots are "
    "corrected by one until the cost is as close as that allows"
)


def define_templates_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for the templates of a table."""
    flags.DEFINE_list(
        "templates",
        list(_DEFAULT_TEMPLATES),
        "templates in the order of the rows (see: list templates)",
        flag_values=flag_values,
    )


def define_match_flags(flag_values: flags.FlagValues, *, with_budget: bool = True) -> None:
    """Defines the flags of how templates are matched to budgets, and of the budget."""
    flags.DEFINE_enum(
        "match_on",
        "published_flops",
        list(MATCHED_ON),
        "quantity to match: the operation count of the paper, multiply-accumulates, trainable "
        "parameters (params is the same) or the sum of the slots' widths",
        flag_values=flag_values,
    )
    flags.DEFINE_enum(
        "match_rule",
        "at_most",
        list(MATCH_RULES),
        RULES_HELP,
        flag_values=flag_values,
    )
    if with_budget:
        flags.DEFINE_string(
            "budget",
            "1x",
            "a multiple of the base's own cost (0.5x) or an amount in the matched quantity's unit; "
            "the redistributions keep the base's total of filters instead",
            flag_values=flag_values,
        )
    for name, default, text in (
        ("n_min", None, "smallest width of a, c, d, e (default: the base's first; the published "
         "NAS-Bench table used 128 for a, 64 for c, d, e)"),
        ("peak_step", 1, "the peak is a multiple of this (the published NAS-Bench table: 10)"),
        ("divisor", 1, "every slot's width is a multiple of this, for hardware that wants it; the "
         "gap shows what rounding costs"),
    ):  # fmt: skip
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=flag_values)
    flags.DEFINE_string(
        "match_input_shape",
        None,
        "height,width,channels of the network that the base is matched on (default: the one being "
        "built; the published VGG19 filters come from 224,224,3 and 1000 classes)",
        flag_values=flag_values,
    )
    flags.DEFINE_integer(
        "match_num_classes",
        None,
        "outputs of the network that the base is matched on",
        lower_bound=1,
        flag_values=flag_values,
    )
    flags.DEFINE_string(
        "width_multiplier",
        "1",
        "factor on the widths of the redistributions (uniform, quadratic, ...), e.g. 0.5; base and "
        "the templates that are matched to a budget ignore it",
        flag_values=flag_values,
    )


def match_settings(flag_values: flags.FlagValues) -> MatchSettings:
    """Returns how to match.

    Raises:
        ConfigError: a malformed budget, factor or shape.
    """
    shape = None
    if flag_values.match_input_shape is not None:
        shape = number_flags.image_shape("match_input_shape", flag_values.match_input_shape)
    multiplier = exact_number(flag_values.width_multiplier)
    if multiplier is None or multiplier > MOST_MULTIPLIER:
        raise ConfigError(
            f"expected --width_multiplier above 0 and at most {MOST_MULTIPLIER}, "
            f"received {flag_values.width_multiplier[:80]!r}"
        )
    if multiplier != 1:
        _tell_multiplied(flag_values)
    return MatchSettings(
        match_on=flag_values.match_on,
        rule=flag_values.match_rule,
        budget=Budget.parse(flag_values.budget),
        n_min=flag_values.n_min,
        peak_step=flag_values.peak_step,
        width_multiplier=multiplier,
        input_shape=shape,
        num_classes=flag_values.match_num_classes,
        divisor=flag_values.divisor,
    )


def _tell_multiplied(flag_values: flags.FlagValues) -> None:
    """Logs on which of the chosen templates the factor does not act."""
    acting = [name for name in templates if isinstance(templates.get(name), RedistributionTemplate)]
    chosen = template_names(flag_values) if "templates" in flag_values else [flag_values.template]
    others = [name for name in chosen if templates.canonical(name) not in acting]
    if others:
        logging.warning(
            "--width_multiplier acts on the redistributions (%s); %s stay as they are",
            ", ".join(acting),
            ", ".join(others),
        )


def _whole_names(parts: Sequence[str]) -> Iterator[str]:
    """Yields names from a list that was also split at the commas between their parentheses."""
    open_parts: list[str] = []
    for part in parts:
        open_parts.append(part)
        text = ",".join(open_parts)
        if text.count("(") <= text.count(")"):
            yield text
            open_parts = []
    if open_parts:
        yield ",".join(open_parts)


def template_names(flag_values: flags.FlagValues) -> tuple[str, ...]:
    """Returns the templates asked for, at least one and each once.

    Raises:
        ConfigError: none, or one of them twice.
    """
    given = (name.strip() for name in _whole_names(flag_values.templates))
    names = tuple(templates.canonical(name) for name in given if name)
    if not names:
        raise ConfigError("expected at least one name in --templates, received none")
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"expected each template once, received {name} twice")
    return names
