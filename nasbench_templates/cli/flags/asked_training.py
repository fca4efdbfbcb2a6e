"""What jobs that train one network under many distributions are asked for."""

import dataclasses

from absl import flags

from nasbench_templates.cli.flags import audio_flags, network_flags, training_flags
from nasbench_templates.design.settings import NetworkSettings
from nasbench_templates.runs.data_request import DataRequest
from nasbench_templates.support.errors import ConfigError
from nasbench_templates.training import presets
from nasbench_templates.training.config import TrainConfig
from nasbench_templates.training.presets import Preset


@dataclasses.dataclass(frozen=True, slots=True)
class AskedTraining:
    """A network, its data and how it is trained.

    Attributes:
        data: on what.
        preset: what stands for flags that are not given, by the size of the images.
        network: what is trained.
        config: how.
    """

    data: DataRequest
    preset: Preset
    network: NetworkSettings
    config: TrainConfig


def asked(flag_values: flags.FlagValues) -> AskedTraining:
    """Returns what the flags ask for.

    Raises:
        ConfigError: all folds at once, or settings that do not agree.
        DataError: no such data.
    """
    if flag_values.fold == audio_flags.ALL_FOLDS:
        raise ConfigError("expected --fold as a number; all folds are for the job train")
    data = training_flags.data_request(flag_values)
    info = data.find()
    preset = presets.preset_for(info.input_shape, info.is_audio)
    network = network_flags.network_settings(
        flag_values, info.input_shape, info.num_classes, preset.skeleton
    )
    # The epochs of a preset belong to its recipe.
    is_preset = flag_values.recipe in (None, preset.recipe)
    config = training_flags.train_config(
        flag_values, info, preset.recipe, preset.epochs if is_preset else None
    )
    return AskedTraining(data, preset, network, config)
