"""Flags made from what architectures say of their own options; no network is named here."""

from collections.abc import Collection, Iterable, Sequence

from absl import flags

from nasbench_templates.cli.flags import number_flags
from nasbench_templates.networks.architecture import architectures, family_of
from nasbench_templates.networks.options import DescribedOption
from nasbench_templates.networks.registered import outside

# Of these flags in --help.
SECTION = "network"


def define_option_flags(
    flag_values: flags.FlagValues, models: Iterable[str], left_out: Collection[str] = ()
) -> None:
    """Defines a flag for each option that wants one; architectures may share an option.

    Args:
        flag_values: receives them.
        models: registered architectures.
        left_out: names of options without a flag.
    """
    for name, owners in _owners(models).items():
        if name not in left_out and any(each.option.has_flag for each in owners.values()):
            _define(flag_values, name, owners)


def define_other_options_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag for options that have none of their own."""
    texts = []
    for model in _known_names():
        own = [each for each in family_of(model).described_options
               if not each.option.has_flag]  # fmt: skip
        if own:
            texts.append(f"of {model}: {', '.join(map(_example, own))}")
    flags.DEFINE_list(
        "model_options",
        [],
        f"options of the model that have no flag of their own, as NAME=VALUE; {'; '.join(texts)}",
        flag_values=flag_values,
    )


def given_options(flag_values: flags.FlagValues) -> dict[str, object]:
    """Returns the options that flags of `define_option_flags` set explicitly.

    Raises:
        ConfigError: a malformed list of numbers.
    """
    options: dict[str, object] = {}
    for name, owners in _owners(_known_names()).items():
        if name in flag_values and flag_values[name].value is not None:
            value = flag_values[name].value
            is_list = next(iter(owners.values())).kind is tuple
            options[name] = number_flags.integers(name, value) if is_list else value
    return options


def _known_names() -> tuple[str, ...]:
    return (*architectures.known_names(), *outside.known_names())


def _owners(models: Iterable[str]) -> dict[str, dict[str, DescribedOption]]:
    """Returns name of an option -> architecture -> the option there."""
    owners: dict[str, dict[str, DescribedOption]] = {}
    for model in models:
        for each in family_of(model).described_options:
            owners.setdefault(each.name, {})[model] = each
    return owners


def _define(flag_values: flags.FlagValues, name: str, owners: dict[str, DescribedOption]) -> None:
    texts: dict[str, list[str]] = {}
    for model, each in owners.items():
        texts.setdefault(each.option.help, []).append(model)
    shown = "; ".join(
        text if len(models) > 6 else f"{_short(models)}: {text}" for text, models in texts.items()
    )
    first = next(iter(owners.values()))
    choices = list(dict.fromkeys(value for each in owners.values() for value in each.choices))
    if choices:
        flags.DEFINE_enum(name, None, choices, shown, flag_values=flag_values)
    elif first.kind is int:
        flags.DEFINE_integer(name, None, shown, lower_bound=1, flag_values=flag_values)
    elif first.kind is bool:
        flags.DEFINE_bool(name, None, shown, flag_values=flag_values)
    else:
        flags.DEFINE_string(name, None, shown, flag_values=flag_values)


def _short(models: Sequence[str]) -> str:
    return ", ".join(models)


def _example(option: DescribedOption) -> str:
    values = "|".join(option.choices) or str(option.default).lower()
    return f"{option.name}={values} ({option.option.help})"
