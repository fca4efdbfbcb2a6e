"""Published and local training settings by name; importing them needs no Keras.

>>> recipes.get("short").config(epochs=3).learning_rate
0.05
"""

from dataclasses import dataclass

from nasbench_templates.registry import Registry
from nasbench_templates.training.config import (
    AugmentationName,
    OptimizerName,
    ScheduleName,
    TrainConfig,
)

_RATE_BATCH = 256


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train, whose rate follows the batch size.

    Attributes:
        name: on the command line.
        description: one line for listings.
        source: where the settings come from.
        epochs: default length.
        batch_size: default images per step.
        rate_per_256: base rate at batch 256; other batches take it in proportion.
        optimizer: see `TrainConfig`, as for all that follow.
        momentum: of the optimizer.
        weight_decay: coefficient w of `w * 0.5 * sum(v^2)`.
        schedule: of the rate.
        batch_norm_momentum: of every batch norm; `None` keeps the network's.
        augmentation: of training images.
        zero_first_step: whether step 0 has rate 0.
    """

    name: str
    description: str
    source: str
    epochs: int
    batch_size: int
    rate_per_256: float
    optimizer: OptimizerName
    momentum: float
    weight_decay: float
    schedule: ScheduleName
    batch_norm_momentum: float | None
    augmentation: AugmentationName
    zero_first_step: bool

    def config(
        self,
        epochs: int | None = None,
        batch_size: int | None = None,
        deterministic: bool = False,
    ) -> TrainConfig:
        """Returns the settings of a run.

        Args:
            epochs: length; the recipe's own by default.
            batch_size: images per step; the recipe's own by default. The rate is scaled to it.
            deterministic: whether operations must give the same bits in every run.

        Raises:
            ConfigError: a count below 1.
        """
        batch_size = self.batch_size if batch_size is None else batch_size
        return TrainConfig(
            epochs=self.epochs if epochs is None else epochs,
            batch_size=batch_size,
            optimizer=self.optimizer,
            learning_rate=self.rate_per_256 * batch_size / _RATE_BATCH,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            schedule=self.schedule,
            batch_norm_momentum=self.batch_norm_momentum,
            augmentation=self.augmentation,
            zero_first_step=self.zero_first_step,
            deterministic=deterministic,
        )


recipes: Registry[Recipe] = Registry("recipe", "nasbench_templates.training.recipes")

recipes.register(
    "nasbench101",
    Recipe(
        name="nasbench101",
        description="108 epochs of RMSProp at 0.2 with crops and flips, as NAS-Bench-101 was made",
        source="NAS-Bench-101 (arXiv:1902.09635); specification, sections 8 and 9",
        epochs=108,
        batch_size=256,
        # 0.1 for each of the two shards that the published records were trained on.
        rate_per_256=0.2,
        optimizer="rmsprop",
        momentum=0.9,
        weight_decay=1e-4,
        schedule="cosine",
        batch_norm_momentum=0.997,
        augmentation="pad_crop_flip",
        zero_first_step=True,
    ),
)

recipes.register(
    "short",
    Recipe(
        name="short",
        description="20 epochs of the same RMSProp on small batches, for a CPU and small images",
        source="this project; the batch-norm momentum is lowered because 0.997 needs thousands of "
        "steps to settle",
        epochs=20,
        batch_size=64,
        rate_per_256=0.2,
        optimizer="rmsprop",
        momentum=0.9,
        weight_decay=1e-4,
        schedule="cosine",
        batch_norm_momentum=0.9,
        augmentation="none",
        zero_first_step=False,
    ),
)
