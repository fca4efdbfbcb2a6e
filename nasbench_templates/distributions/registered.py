"""The registry of templates, apart from what they are: importing it costs nothing."""

from nasbench_templates.support.registry import Registry

templates: Registry = Registry(
    "template", "nasbench_templates.distributions", "nasbench_templates.templates"
)
