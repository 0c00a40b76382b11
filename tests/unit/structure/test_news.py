"""Lists of changes under plain versions: each change stands under its version."""

import ragzip
from ragzip.text.structure import structure_of

NEWS = """\
43
43.beta.1
 - build: fix dist tarball creation (symlink issue) #206
43.beta
 - symbolic: selection-mode tweaks
 - symbolic: folder icons
 - fullcolor: drag accept gradient fixes #195
 - fullcolor: fix trash transparency #185
42.0
 - symbolic: provide rtl versions properly
 - fullcolor: fix input-mouse
42.beta
 - symbolic: updated style across the board
 - fullcolor: updated device icons
"""


def test_nobody_speaks_in_a_list_of_changes():
    assert structure_of(NEWS, "text/plain", "doc").kind != "transcript"
    query = "in which version was the dist tarball creation fixed?"
    kept = ragzip.compress(NEWS, query, target_tokens=50, compressor="extractive/bm25", cache=False).text
    assert "43.beta.1\n - build: fix dist tarball creation (symlink issue) #206" in kept
