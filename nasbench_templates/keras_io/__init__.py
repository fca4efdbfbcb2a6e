"""Layer graphs as Keras models."""

from nasbench_templates.support import cpu_kernels

# Keras is imported after this.
cpu_kernels.choose()
