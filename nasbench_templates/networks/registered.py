"""The registry of architectures, apart from what they are made of: importing it costs nothing."""

from nasbench_templates.support.registry import Registry

architectures: Registry = Registry(
    "architecture", "nasbench_templates.networks.families", "nasbench_templates.architectures"
)
