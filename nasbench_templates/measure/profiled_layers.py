"""TensorFlow's profiler beside the exact count, and the layers that it leaves out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nasbench_templates.measure import operations

if TYPE_CHECKING:
    import keras

    from nasbench_templates.networks.cost_rows import LayerCost, ModelCost

# The profiler has no count for the operations that these become: gradients of convolutions, 3D.
_LEFT_OUT = ("Transpose", "3D")


@dataclass(frozen=True, slots=True)
class Profiled:
    """What the profiler counts.

    Attributes:
        macs: its figure; `None` on another backend than TensorFlow.
        counted: the exact one.
        left_out: layers that it does not count or counts otherwise.
        left_out_macs: of these, by the exact count.
    """

    macs: int | None
    counted: int
    left_out: tuple[str, ...]
    left_out_macs: int

    @property
    def is_explained(self) -> bool:
        """Whether the layers that are left out are the whole difference."""
        return self.macs is not None and self.macs + self.left_out_macs == self.counted

    def to_json(self) -> dict[str, object]:
        """Returns the fields that `cost` adds to its contract."""
        return {
            "profiler_macs": self.macs,
            "profiler_left_out": list(self.left_out),
            "profiler_left_out_macs": self.left_out_macs,
        }

    def __str__(self) -> str:
        if self.macs is None:
            return operations.NO_PROFILER
        text = f"TensorFlow's profiler: {self.macs:,} MACs"
        if self.left_out:
            shown = ", ".join(self.left_out[:5])
            more = f" and {len(self.left_out) - 5} more" if len(self.left_out) > 5 else ""
            text += f"; it leaves out {shown}{more}: {self.left_out_macs:,} MACs"
        rest = self.counted - self.macs - self.left_out_macs
        return text if rest == 0 else f"{text}; {rest:+,} MACs are not explained"


def compare(model: "keras.Model", counted: "ModelCost") -> Profiled:
    """Returns the profiler's figure beside the exact count of a model.

    Args:
        model: what was counted.
        counted: its cost with every layer by itself.
    """
    missing = [row for row in counted.layers if row.macs and _is_left_out(model, row)]
    shapes = counted.input_shape
    several = shapes if isinstance(shapes[0], tuple) else (shapes,)
    return Profiled(
        macs=operations.profiler_macs(model, several),
        counted=counted.macs,
        left_out=tuple(row.name for row in missing),
        left_out_macs=sum(row.macs for row in missing),
    )


def _is_left_out(model: "keras.Model", row: "LayerCost") -> bool:
    layer = model
    for name in row.name.split("/"):
        layer = layer.get_layer(name)
    # A compiled graph computes a grouped convolution by an operation without a count.
    is_grouped = getattr(layer, "groups", 1) > 1
    return is_grouped or any(part in row.class_name for part in _LEFT_OUT)
