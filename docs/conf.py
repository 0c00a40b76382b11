"""Sphinx reads this: how the site is built (``make docs``). Nothing is fetched from a network."""

import ragzip

project = "ragzip"
author = "the ragzip authors"
project_copyright = "the ragzip authors, Apache-2.0"
version = release = ragzip.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # cards and benchmarks begin below a page's first level

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"

html_theme = "furo"
html_title = f"ragzip {release}"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
pygments_style = "default"
