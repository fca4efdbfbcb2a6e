"""The command `nasbench-templates`, also `python -m nasbench_templates`."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one job and returns its exit status: 0 success, 1 failed run, 2 wrong usage."""
    if "" not in sys.path:
        # A user's modules are found in the working folder, as with `python -m`; last, so that none
        # hides a library.
        sys.path.append("")
    try:
        from nasbench_templates.cli import command
    except KeyboardInterrupt:
        return 130
    except (ImportError, MemoryError) as error:
        print(f"nasbench-templates: error: cannot be loaded: {error}", file=sys.stderr)
        return 1
    return command.run(sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    sys.exit(main())
