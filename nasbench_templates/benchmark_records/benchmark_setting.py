"""What a table of cells was trained in: the data and the network around the cells.

Accuracies of two tables compare only where both are the same.
"""

from dataclasses import dataclass

from nasbench_templates.networks.named_cells import Skeleton


@dataclass(frozen=True, slots=True)
class Setting:
    """The data and the network of a table.

    Attributes:
        dataset: name of the data set.
        input_shape: `(height, width, channels)` of its images.
        skeleton: the network around the cells.
    """

    dataset: str
    input_shape: tuple[int, ...]
    skeleton: Skeleton

    def differences(self, other: "Setting") -> list[str]:
        """Returns what is not the same, ours before the other's, one text for each."""
        found = []
        if self.dataset != other.dataset:
            found.append(f"the data set is {self.dataset}, not {other.dataset}")
        if self.input_shape != other.input_shape:
            found.append(f"images are {_size(self.input_shape)}, not {_size(other.input_shape)}")
        if self.skeleton != other.skeleton:
            ours, theirs = _described(self.skeleton), _described(other.skeleton)
            found.append(f"the network has {ours}, not {theirs}")
        return found


# Source: docs/nasbench101.md, sections 7 and 9.
BENCHMARK = Setting("cifar10", (32, 32, 3), Skeleton())


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _described(skeleton: Skeleton) -> str:
    return (
        f"a stem of {skeleton.stem_filters} filters and {skeleton.num_stacks} stacks of "
        f"{skeleton.num_modules_per_stack} cells"
    )
