"""The exceptions and warnings that this package raises on purpose.

Each derives from `ValueError` or `LookupError`, so that callers may catch either. A message states
what was expected, what was received and where.
"""

import numbers


class SpecError(ValueError):
    """An architecture, cell, template or width assignment is malformed."""


class BudgetError(ValueError):
    """No network of the requested template fits the budget."""


class ConfigError(ValueError):
    """A setting or a combination of settings is unusable."""


class DataError(ValueError):
    """A data file is missing, damaged or not of the expected kind."""


class RecordError(LookupError):
    """A benchmark record is missing or damaged."""


class TrainingError(RuntimeError, ValueError):
    """A training run ended without a usable network, for example with a non-finite loss."""


class HeldError(ConfigError):
    """Another process is at work where this one would write."""


class UnknownNameError(ConfigError, LookupError):
    """A name is not registered; the message lists the closest ones that are."""


class TemplateWarning(UserWarning):
    """A template gives another network than its reader may expect."""


class SameNetworkWarning(TemplateWarning):
    """What was asked for is the network that it is to be compared with."""


class UnequalCostWarning(TemplateWarning):
    """A template's cost is far from the base's, which it does not keep, or from its budget."""


def check_seed(seed: object) -> None:
    """Checks that a seed is a whole number of at least 0.

    Raises:
        ConfigError: it is not.
    """
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or seed < 0:
        raise ConfigError(f"expected a seed, a whole number >= 0, received {seed!r}")


def describe(error: BaseException) -> str:
    """Returns an exception's message as one line, without the quotes that `KeyError` adds."""
    text = error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return " ".join(text.split()) or type(error).__name__
