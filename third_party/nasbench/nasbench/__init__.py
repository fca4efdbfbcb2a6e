"""The import paths of google-research/nasbench, on top of nasbench_templates."""

try:
    import nasbench_templates as _nasbench_templates
except ImportError as error:
    raise ImportError(
        "this nasbench works on top of nasbench_templates, which is not installed; in its "
        "repository: pip install . ./third_party/nasbench"
    ) from error

# Tells this distribution from the original, which has no such attribute.
NASBENCH_TEMPLATES_VERSION = _nasbench_templates.__version__
