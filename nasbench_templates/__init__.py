"""NAS-Bench-101 cells and image classifiers under filter distribution templates.

Importing this package imports neither TensorFlow nor pandas.
"""

__version__ = "0.1.0"
