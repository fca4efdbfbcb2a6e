"""NAS-Bench-101 cells and image classifiers under filter distribution templates.

Importing this package imports neither TensorFlow nor pandas.
"""

from nasbench_templates.support.version import __version__ as __version__
