"""Learning rates as functions of the step; plain arithmetic, no Keras.

>>> config = TrainConfig(epochs=4, batch_size=1, optimizer="sgd", learning_rate=0.1)
>>> [round(learning_rate(config, step, steps_per_epoch=1), 4) for step in range(4)]
[0.1, 0.0854, 0.05, 0.0146]
"""

import math

from nasbench_templates.training.config import TrainConfig


def learning_rate(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    """Returns the rate of one step.

    `"cosine"` is `0.5 * base * (1 + cos(pi * step / total))`, from the base to 0 over the whole
    run; `"steps"` multiplies the base with the factor at each of the epochs; warm-up scales either
    with a share that rises linearly from one step's to 1.

    Args:
        config: the run's settings.
        step: counted from 0 over the whole run.
        steps_per_epoch: at least 1.

    Source: docs/nasbench101.md, section 8 (`COSINE_BY_STEP`, rate 0 at step 0).
    """
    if config.zero_first_step and step == 0:
        return 0.0
    warmup_steps = config.warmup_epochs * steps_per_epoch
    warmth = min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
    return config.learning_rate * warmth * _share(config, step, steps_per_epoch)


def _share(config: TrainConfig, step: int, steps_per_epoch: int) -> float:
    if config.schedule == "constant":
        return 1.0
    if config.schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * step / (config.epochs * steps_per_epoch)))
    num_falls = sum(step >= epoch * steps_per_epoch for epoch in config.step_epochs)
    return config.step_factor**num_falls
