"""The registry of architectures, apart from what they are made of: importing it costs nothing."""

from typing import TYPE_CHECKING

from nasbench_templates.support.registry import Registry

if TYPE_CHECKING:
    from nasbench_templates.networks.architecture import Family

architectures: "Registry[Family]" = Registry(
    "architecture", "nasbench_templates.networks.families", "nasbench_templates.architectures"
)
