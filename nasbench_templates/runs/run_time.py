"""About how long a run takes, from counts alone; a measurement makes it a machine's own figure.

The constants are those of two cores; of another machine they give what runs take beside each other.
"""

from nasbench_templates.design.design import Design
from nasbench_templates.training.config import TrainConfig

# Multiply-accumulates of training, in images times MACs of one, that two cores make in a second:
# 600 images of a network of 12 million.
_MACS_PER_SECOND = 600 * 12e6
# What they take besides: each node of the graph in each step, and each run for building, evaluating
# and timing its network. Of 30 runs of VGG-19 and MobileNet at a sixteenth of the widths.
_SECONDS_PER_NODE = 0.5e-3
FIXED_SECONDS = 6.0


def training_seconds(design: Design, config: TrainConfig, num_train: int) -> float:
    """Returns about how long the training steps of a run take on two cores.

    Args:
        design: what is trained.
        config: how.
        num_train: training images.
    """
    images = num_train * config.epochs
    each_step = _SECONDS_PER_NODE * len(design.architecture.graph.nodes)
    return images / config.batch_size * each_step + images * design.cost.macs / _MACS_PER_SECOND
