"""The registry of templates, apart from what they are: importing it costs nothing."""

from typing import TYPE_CHECKING

from nasbench_templates.support.registry import Registry

if TYPE_CHECKING:
    from nasbench_templates.distributions.template import Template

templates: "Registry[Template]" = Registry(
    "template", "nasbench_templates.distributions", "nasbench_templates.templates"
)
