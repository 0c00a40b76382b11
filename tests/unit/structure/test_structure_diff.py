"""Diffs: a change comes with the headers of its file and its hunk, and what is around it only with the change."""

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structured import PROSE, assert_structure

import ragzip
from ragzip.compressors.extractive.rules.diff_lines import with_changes
from ragzip.compressors.extractive.rules.text_units import TextUnits
from ragzip.compressors.outline import outline
from ragzip.text.structure.formats import diff
from ragzip.text.structure.readers import structure_of
from ragzip.types import Budget, Document, Segment

PATCH = """\
commit 3f1c2ab9
Author: Anna <anna@example.org>
Date:   Wed May 1 12:00:00 2024 +0200

    Orders are refused where stock is low

diff --git a/shop/stock.py b/shop/stock.py
index 83db48f..bf2a1c0 100644
--- a/shop/stock.py
+++ b/shop/stock.py
@@ -10,7 +10,9 @@ class Stock:
     def reserve(self, sku, count):
         with self.lock:
             left = self.left(sku)
-            self.write(sku, left - count)
+            if left < count:
+                raise OutOfStock(sku)
+            self.write(sku, left - count)
         return left
 
     def left(self, sku):
@@ -40,3 +42,3 @@ class Stock:
     def close(self):
-        self.file.close()
+        self.file.shut()
         self.lock = None
diff --git a/shop/old.py b/shop/new.py
similarity index 100%
rename from shop/old.py
rename to shop/new.py
diff --git a/README.md b/README.md
--- a/README.md
+++ b/README.md
@@ -1,2 +1,2 @@
-# Shop
+# The shop
 --- not a header
\\ No newline at end of file
"""


def units_of(source):
    structure = structure_of(source, "text/plain", "x")
    return structure, [source[unit.start : unit.end] for unit in structure.units]


def test_a_change_needs_the_headers_of_its_file_and_hunk():
    structure, texts = units_of(PATCH)
    assert structure.kind == "diff"
    change = next(number for number, text in enumerate(texts) if "raise OutOfStock" in text)
    file, hunk = structure.units[change].relation.needs
    assert texts[file].startswith("--- a/shop/stock.py") and texts[hunk].startswith("@@ -10,7")
    assert "shop/stock.py: class Stock:" in structure.units[change].reading
    assert "left = self.left(sku)" in structure.units[change].reading
    assert_structure(structure, PATCH)


def test_lines_around_a_change_need_it():
    structure, texts = units_of(PATCH)
    change = next(number for number, text in enumerate(texts) if "raise OutOfStock" in text)
    around = next(number for number, text in enumerate(texts) if "def reserve" in text)
    assert change in structure.units[around].relation.needs


def test_a_rename_stands_by_itself():
    structure, texts = units_of(PATCH)
    rename = next(unit for unit, text in zip(structure.units, texts, strict=True) if "rename to" in text)
    assert rename.relation.section is None and rename.relation.needs == ()


def test_lines_of_a_hunk_are_counted_by_its_header():
    structure, texts = units_of(PATCH)
    assert texts[-1].startswith("--- not a header")
    assert len(structure.units[-1].relation.needs) == 3


def test_a_large_hunk_is_parted():
    added = "".join(f"+line {number} of the file\n" for number in range(200))
    source = f"--- /dev/null\n+++ b/notes.txt\n@@ -0,0 +1,200 @@\n{added}"
    structure, _ = units_of(source)
    assert len(structure.units) == 2 + 17
    assert_structure(structure, source)


@pytest.mark.parametrize("text", [*PROSE, "--- a\nb\n+++ c\n", "commit 3f1c2ab9 was a mistake.\nIt is gone.\n"])
def test_prose_is_no_diff(text):
    assert not diff.recognises(text)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("budget", [60, 100, 140, 200])
def test_kept_changes_stand_under_their_headers(budget, line_end):
    source = PATCH.replace("\n", line_end)
    result = ragzip.compress(
        source,
        "What happens when there is less in stock than ordered?",
        target_tokens=budget,
        compressor="extractive/bm25",
    )
    assert result.stats.tokens_out <= budget
    lines = result.text.splitlines()
    for number, line in enumerate(lines):
        if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}:
            assert any(before.startswith("@@") for before in lines[:number])
            assert any(before.startswith("+++ b/") for before in lines[:number])


def test_a_coloured_diff_is_a_diff():
    source = "".join(f"\x1b[32m{line}\x1b[0m\n" for line in PATCH.splitlines())
    structure = structure_of(source, "text/plain", "x")
    assert structure.kind == "diff"
    assert_structure(structure, source)


LINES = st.one_of(st.sampled_from(PATCH.splitlines()), st.text(max_size=20))


@given(st.lists(LINES, max_size=60))
def test_any_lines_are_read_or_refused(lines):
    source = "\n".join(lines)
    diff.recognises(source)
    structure = diff.read(source)
    if structure is not None:
        assert_structure(structure, source)


@pytest.mark.parametrize("line", ["@@ -1 ", "+", "@", "--- a\n", "-1,1 ", "@@ -1,1 +1,1 @@\n"])
def test_odd_lines_cost_no_more_than_their_length(line):
    start = perf_counter()
    source = "diff --git a/x b/x\n" + line * (100_000 // len(line))
    diff.recognises(source)
    diff.read(source)
    assert perf_counter() - start < 5


CLIENT = """\
diff --git a/src/client.py b/src/client.py
index 83db48f..bf269f4 100644
--- a/src/client.py
+++ b/src/client.py
@@ -12,6 +12,7 @@ from .errors import HttpError
 class Client:
-    def __init__(self, url, timeoutSeconds=None, retries=0):
+    def __init__(self, url, timeoutSeconds=30.0, retries=3):
         self.url = url
         self.timeout = timeoutSeconds
+        self.session = Session()
         return self
diff --git a/src/errors.py b/src/errors.py
index 1c2d3e4..5f6a7b8 100644
--- a/src/errors.py
+++ b/src/errors.py
@@ -1,3 +1,3 @@
-    pass
+    status = 0
 class Timeout(HttpError):
     pass
"""
CHART = """\
--- a/chart/values.yaml
+++ b/chart/values.yaml
@@ -3,5 +3,5 @@ image:
   repository: shop/web
-  tag: "2.7"
+  tag: "2.8"
   # the replicas of web
-replicas: 2
+replicas: 4
 ingress: true
"""


def test_what_git_writes_above_the_names_of_a_file_comes_only_with_them():
    structure, texts = units_of(CLIENT)
    above = texts.index("diff --git a/src/errors.py b/src/errors.py\nindex 1c2d3e4..5f6a7b8 100644")
    assert structure.units[above].relation.section == (structure.units[above + 1].start, structure.units[-1].end)
    assert not any(above in unit.relation.needs for unit in structure.units)
    assert_structure(structure, CLIENT)


@pytest.mark.parametrize(
    ("source", "query", "change"),
    [
        (CLIENT, "What was the default timeout changed to?", "timeoutSeconds=30.0"),
        (CHART, "How many replicas are there now?", "+replicas: 4"),
    ],
)
def test_a_change_with_the_words_of_the_query_comes_before_the_lines_around_another_one(source, query, change):
    structure, texts = units_of(source)
    lines = outline(Segment.whole(Document("0", source), 0, structure.form), Budget(len))
    around = np.array([0.9 if text[0] not in "+-@d" else 0.1 for text in texts])
    scores = with_changes(query, TextUnits(lines, source), around)
    changes = [number for number, unit in enumerate(structure.units) if unit.reading is not None]
    assert change in texts[max(changes, key=scores.__getitem__)] and scores[changes].max() == scores.max()


DELETED = """\
diff --git a/config/prod.yaml b/config/prod.yaml
index 1111111..2222222 100644
--- a/config/prod.yaml
+++ b/config/prod.yaml
@@ -3,3 +3,3 @@ server:
   port: 8080
-  workers: 4
+  workers: 12
diff --git a/old/util.py b/old/util.py
deleted file mode 100644
index 3333333..0000000
--- a/old/util.py
+++ /dev/null
@@ -1,2 +0,0 @@
-def pad(s):
-    return s.ljust(8)
diff --git a/src/pads.py b/src/pads.py
new file mode 100644
index 0000000..4444444
--- /dev/null
+++ b/src/pads.py
@@ -0,0 +1 @@
+WIDTH = 8
"""


@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    ("query", "file"),
    [("Which file was deleted?", "--- a/old/util.py"), ("Which file is new?", "+++ b/src/pads.py")],
)
def test_what_becomes_of_a_file_is_read_with_its_lines(query, file, compressor):
    for target_tokens in (80, None):
        kept = ragzip.compress(DELETED, query, target_tokens=target_tokens, compressor=compressor).text
        assert file in kept
