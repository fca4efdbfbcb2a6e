"""Packaging of the drop-in `nasbench`; nasbench_templates is installed beside it."""

import setuptools

setuptools.setup(
    name="nasbench",
    # The original is 1.0; the rest says whose this is.
    version="1.0+templates.1",
    description="The import paths of google-research/nasbench, on top of nasbench_templates",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=["nasbench", "nasbench.lib"],
    # Not nasbench_templates: it comes from the same repository, not from an index.
    install_requires=["numpy>=1.26", "protobuf>=4.22"],
)
