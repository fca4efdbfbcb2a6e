"""Published and local training settings by name; importing them needs no Keras.

>>> recipes.get("short").config(epochs=3).learning_rate
0.05
"""

import dataclasses
from dataclasses import dataclass

from nasbench_templates.registry import Registry
from nasbench_templates.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train, whose rate follows the batch size.

    Attributes:
        name: on the command line.
        description: one line for listings.
        source: where the settings come from.
        settings: of a run that asks for nothing else.
    """

    name: str
    description: str
    source: str
    settings: TrainConfig

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
        own = self.settings
        batch_size = own.batch_size if batch_size is None else batch_size
        return dataclasses.replace(
            own,
            epochs=own.epochs if epochs is None else epochs,
            batch_size=batch_size,
            learning_rate=own.learning_rate * batch_size / own.batch_size,
            deterministic=deterministic,
        )


recipes: Registry[Recipe] = Registry("recipe", "nasbench_templates.training.recipes")


def _register(name: str, description: str, source: str, settings: TrainConfig) -> None:
    recipes.register(name, Recipe(name, description, source, settings))


_register(
    "nasbench101",
    "108 epochs of RMSProp at 0.2 with crops and flips, as NAS-Bench-101 was made",
    "NAS-Bench-101 (arXiv:1902.09635); specification, sections 8 and 9",
    TrainConfig(
        epochs=108,
        batch_size=256,
        optimizer="rmsprop",
        # 0.1 for each of the two shards that the published records were trained on.
        learning_rate=0.2,
        momentum=0.9,
        weight_decay=1e-4,
        schedule="cosine",
        batch_norm_momentum=0.997,
        augmentation="pad_crop_flip",
        zero_first_step=True,
    ),
)

_register(
    "short",
    "20 epochs of the same RMSProp on small batches, for a CPU and small images",
    "this project; the batch-norm momentum is lowered because 0.997 needs thousands of steps",
    TrainConfig(
        epochs=20,
        batch_size=64,
        optimizer="rmsprop",
        learning_rate=0.05,  # 0.2 x 64 / 256
        momentum=0.9,
        weight_decay=1e-4,
        schedule="cosine",
        batch_norm_momentum=0.9,
        augmentation="none",
        zero_first_step=False,
    ),
)
