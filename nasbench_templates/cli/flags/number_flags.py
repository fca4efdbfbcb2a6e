"""Texts of flags that stand for several numbers."""

from nasbench_templates.support.errors import ConfigError


def integers(flag: str, text: str) -> tuple[int, ...]:
    """Returns comma-separated whole numbers of at least 0.

    Raises:
        ConfigError: anything else.
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 0:
        raise ConfigError(f"expected --{flag} as whole numbers such as 1,2,3, received {text!r}")
    return numbers


def numbers(flag: str, text: str) -> tuple[float, ...]:
    """Returns comma-separated numbers.

    Raises:
        ConfigError: anything else.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(
            f"expected --{flag} as numbers such as 60,120.5, received {text!r}"
        ) from None


def image_shape(flag: str, text: str) -> tuple[int, int, int]:
    """Returns `height,width,channels`.

    Raises:
        ConfigError: not three numbers of at least 1.
    """
    shape = integers(flag, text)
    if len(shape) != 3 or min(shape) < 1:
        raise ConfigError(
            f"expected --{flag} as height,width,channels such as 32,32,3, received {text!r}"
        )
    return shape


def shapes(flag: str, text: str) -> tuple[tuple[int, ...], ...]:
    """Returns the shapes of several inputs, separated by semicolons.

    Raises:
        ConfigError: not whole numbers.
    """
    return tuple(integers(flag, each) for each in text.split(";"))
