"""Settings of the documentation's site; `make docs` builds it.

Sphinx with MyST-NB and the theme of the scientific Python projects: pages and guides stay Markdown
that reads well where it is stored, the guides' cells are executed at every build, and the pages,
their search and their fonts need no network, not even a server.
"""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from nasbench_templates import __version__  # noqa: E402 (the folder of the extension comes first)

# Commands in guides are those of this environment; no library chats between the outputs.
os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

project = "nasbench_templates"
author = "The nasbench_templates maintainers"
copyright = author
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "package_pages",
]
exclude_patterns = ["_build", "_ext"]
# `--flag` stays as it is typed.
smartquotes = False
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
# Tables of included and generated pages stand one level deeper.
suppress_warnings = ["myst.header"]
# The whole of a guide is a minute on two cores; what has not changed since the last build is kept.
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build/executed")
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
# Progress and what libraries say of themselves; errors end the build.
nb_output_stderr = "remove"
# Widgets would be fetched from a content network.
nb_ipywidgets_js = {}
copybutton_exclude = ".linenos, .gp, .go"

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Source", "notes_style")]

html_theme = "pydata_sphinx_theme"
html_title = f"nasbench_templates {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
# Pages beside the start page have no pages below them: the room is for their tables.
html_sidebars = {"*": []}
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": True,
    "header_links_before_dropdown": 4,
    "footer_start": ["copyright"],
    "footer_end": [],
    "logo": {"text": "nasbench_templates"},
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
