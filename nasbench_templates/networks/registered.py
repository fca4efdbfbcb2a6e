"""The registries of networks, apart from what they are made of: importing them costs nothing."""

from nasbench_templates.support.registry import Registry

architectures: Registry = Registry(
    "architecture", "nasbench_templates.networks.families", "nasbench_templates.architectures"
)
# Families of models that were not written here. None of them is a network by itself: a text such as
# a file's name says which model of the family is meant.
outside: Registry = Registry("kind of model", "nasbench_templates.networks.keras_models")
# What reads those models: functions of a room above, because they need its libraries.
readers: Registry = Registry("reader of models", "nasbench_templates.keras_io.model_reader")
