"""What suits images of a size where the user names neither a skeleton nor a recipe."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasbench_templates.networks.named_cells import Skeleton


@dataclass(frozen=True, slots=True)
class Preset:
    """What suits images up to a size.

    Attributes:
        largest_side: of the images, in pixels.
        skeleton: of NAS-Bench-101 networks; `None`: what the cell is known with.
        recipe: registered name.
        epochs: `None`: the recipe's own.
    """

    largest_side: float
    skeleton: Skeleton | None
    recipe: str
    epochs: int | None = None


# Small images leave most of the benchmark's skeleton idle; from 32x32 on its own settings apply.
PRESETS = (
    Preset(16, Skeleton(stem_filters=32, num_stacks=3, num_modules_per_stack=1), "short", 20),
    Preset(28, Skeleton(stem_filters=16, num_stacks=3, num_modules_per_stack=1), "short", 3),
    Preset(float("inf"), None, "nasbench101"),
)

# Features of audio are augmented in other ways than images, whatever their size.
AUDIO_PRESET = Preset(float("inf"), None, "myth_esc50")


def preset_for(input_shape: Sequence[int], is_audio: bool = False) -> Preset:
    """Returns the preset for images, or features of audio, of `(height, width, channels)`."""
    if is_audio:
        return AUDIO_PRESET
    return next(each for each in PRESETS if max(input_shape[:2]) <= each.largest_side)
