"""Code: what its units are and need, how they are written, and that nothing else is taken for code."""

import pytest
from code_samples import CACHE, JAVA, LONG, SAMPLES, C, assert_covers, kept_text, number_of, parses

import ragzip
from ragzip.text.spans import Span
from ragzip.text.structure import structure_of
from ragzip.text.structure.formats.code import read, recognises
from ragzip.text.structure.formats.code.languages import LANGUAGES
from ragzip.text.words import in_words

PROSE = [
    "It rained, as ever, in Oban.\nLeeds, too, was wet, they said.\nImport duties rose; class differences too.",
    "Dear Ann,\n\nthank you for the letter.\nfrom here all is well: we import tea.\n\nYours,\nBob\n",
    "# Use\n\nCall it so:\n\n```python\nimport os\nprint(os.name)\n```\n\nThat is all.\n",
    '{\n  "name": "a",\n  "main": "b.js",\n  "scripts": {\n    "test": "jest"\n  }\n}\n',
    "a,b,c\n1,2,3\n4,5,6\n",
    "--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n import os\n-x = 1\n+x = 2\n",
    "2024-01-01 10:00:00 INFO start\n2024-01-01 10:00:01 ERROR stop(1);\n2024-01-01 10:00:02 INFO end {}\n",
    "name: build\non: push\njobs:\n  test:\n    steps:\n      - run: make\n",
    "<html>\n<body>\n<script>function a() { return 1; }</script>\n</body>\n</html>\n",
    "Question: what does def mean?\nAnswer: it begins a function.\n",
    'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    import os\nImportError: no\n',
]


def test_a_method_comes_with_its_class_and_the_imports_it_uses():
    structure = read(CACHE, "python")
    assert_covers(CACHE, structure.units)
    path = kept_text(structure, CACHE, [number_of(structure, CACHE, "def path")])
    assert path == (
        "import os\n\nclass FileCache(Base):\n\n    @property\n    def path(self):\n"
        '        return os.path.join(self.root, "json")'
    )
    evict = kept_text(structure, CACHE, [number_of(structure, CACHE, "def evict")])
    assert "import" not in evict and "    # the oldest ones go first\n    def evict_oldest" in evict
    licence, head = structure.units[0], structure.units[number_of(structure, CACHE, "class FileCache")]
    assert licence.relation.section == Span(licence.end, licence.end)
    assert head.relation.section is not None
    assert structure.units[number_of(structure, CACHE, "import json")].relation.section is None  # nothing uses it


def test_a_reading_names_the_method_and_says_what_it_does_first():
    structure = read(CACHE, "python")
    reading = structure.units[number_of(structure, CACHE, "def evict")].reading
    assert reading.startswith(
        "class FileCache method evict_oldest: the oldest ones go first Remove the least recently used entries."
        "\ndef evict"
    )
    assert reading.endswith("file cache, evict oldest")
    java = read(JAVA, "java")
    reading = java.units[number_of(java, JAVA, "int sum")].reading
    assert reading.startswith("class OrderBook method sum: The sum of all.\npublic int sum")


@pytest.mark.parametrize(
    ("name", "words"),
    [("evict_oldest", "evict oldest"), ("parseHTTPResponse2", "parse http response 2"), ("größe_Neu", "gr ö ß e neu")],
)
def test_identifiers_in_words(name, words):
    assert in_words(name).replace(" ", "") == words.replace(" ", "")
    assert name.startswith("gr") or in_words(name) == words


def test_what_is_left_out_of_a_function_is_marked():
    structure = read(LONG, "python")
    assert len(structure.units) > 10
    text = kept_text(structure, LONG, [number_of(structure, LONG, "rows[7]")])
    assert text.startswith("def total(rows):\n    ...\n") and text.endswith("\n    ...")
    assert "    if rows[7]:\n        result += 7\n" in text
    assert text.count("...") == 2 and parses(text)
    assert kept_text(structure, LONG, [0]) == "def total(rows):\n    ..."


def test_a_chain_of_clauses_keeps_all_its_heads():
    body = "".join(f"    step_{n}()\n\n" for n in range(40))
    source = f"try:\n{body}except OSError:\n{body}else:\n{body}finally:\n    close()\n"
    structure = read(source, "python")
    text = kept_text(structure, source, [number_of(structure, source, "step_3()")])
    assert parses(text)
    assert [line for line in text.split("\n") if line and line[0] != " "] == [
        "try:", "except OSError:", "else:", "finally:"
    ]  # fmt: skip


def test_branches_of_a_condition_may_open_a_brace_each():
    source = C.replace("#ifdef CHECKED\n", "#ifndef CHECKED\n    if (0) {\n#else\n").replace(
        "        return -1;\n    }\n#endif", "#endif\n        return -1;\n    }"
    )
    structure = read(source + "int b;\n", "c")
    texts = [source[unit.start : unit.end] for unit in structure.units]
    assert any(text.startswith("/* Take one byte. */") and text.endswith("used];\n}") for text in texts)


def test_braces_close_what_is_kept():
    structure = read(JAVA, "java")
    text = kept_text(structure, JAVA, [number_of(structure, JAVA, "void add")])
    assert text.startswith("/** Orders of one customer. */\npublic class OrderBook extends Book {")
    assert text.endswith("    @Override\n    public void add(Order order) {\n        count += order.size();\n    }\n}")
    assert "import" not in text
    with_list = kept_text(structure, JAVA, [number_of(structure, JAVA, "int sum")])
    assert with_list.startswith("import java.util.List;\n")


def test_numbered_lines_keep_their_numbers():
    source = "".join(f"{n:6}\t{line}\n" for n, line in enumerate(CACHE.split("\n"), 1))
    assert recognises(source)
    structure = structure_of(source, "text/plain", "0")
    assert structure.kind == "code"
    text = kept_text(structure, source, [number_of(structure, source, "def path")])
    assert [line.partition("\t")[0].strip() for line in text.split("\n")] == ["3", "9", "10", "20", "21", "22", "23"]
    assert parses("\n".join(line.partition("\t")[2] for line in text.split("\n")))
    assert "    22\t    def path(self):" in text


@pytest.mark.parametrize(("language", "source"), SAMPLES.items())
def test_code_is_told_by_content_and_name(language, source):
    assert structure_of(source, "text/plain", f"a{LANGUAGES[language].endings[0]}").kind == "code"
    assert structure_of(source, LANGUAGES[language].mimes[0], "0").kind == "code"
    if language != "ruby":  # which has no lines that are surely its own
        assert recognises(source)


@pytest.mark.parametrize("text", PROSE)
def test_nothing_else_is_taken_for_code(text):
    assert not recognises(text)
    assert not recognises(text * 20)


def test_comments_alone_are_prose():
    assert structure_of("# a\n# b\n\n# c\n", "text/plain", "a.py").kind == "prose"


TOKENS = """\
const SECRET = process.env.SECRET ?? "";

const MAX_AGE_S: number = 8 * 60 * 60;

function sign(body) {
  return createHmac("sha256", SECRET).update(body).digest("hex");
}

// whether a session may still be used, MAX_RETRIES or not
function isValid(session) {
  return Date.now() / 1000 - session.issued <= MAX_AGE_S;
}
"""
POOL = """\
class Pool:
    \"\"\"Connections.\"\"\"

    MAX_IDLE = 300  # seconds
    retries = 3

    def __init__(self, url):
        self.url = url
        self.connections = []
        self.opened = 0
        self.closed = 0

    def sweep(self, now):
        for connection in list(self.connections):
            if now - connection.used > self.MAX_IDLE:
                connection.close()
                self.closed += 1
"""
LIFETIMES = """\
package cache

const (
	defaultTTL = 15 * time.Minute
	maxEntries = 10_000
)

func New(ttl time.Duration) *Cache {
	if ttl == 0 {
		ttl = defaultTTL
	}
	return &Cache{ttl: ttl}
}

func (c *Cache) Len() int { return len(c.entries) }
"""


@pytest.mark.parametrize(
    ("source", "name", "user", "constant"),
    [
        (TOKENS, "tokens.js", "function isValid", "const MAX_AGE_S"),
        (TOKENS, "tokens.js", "function sign", "const SECRET"),
        (POOL, "pool.py", "def sweep", "MAX_IDLE = 300"),
        (LIFETIMES, "cache.go", "func New", "const ("),
    ],
)
def test_what_uses_a_constant_has_its_value_as_a_companion(source, name, user, constant):
    structure = structure_of(source, "", name, longest_unit=300)
    texts = [source[unit.start : unit.end] for unit in structure.units]
    number = next(number for number, text in enumerate(texts) if user in text)
    (companion,) = structure.units[number].relation.companions
    assert constant in texts[companion]
    with_constants = [text for text, unit in zip(texts, structure.units, strict=True) if unit.relation.companions]
    assert not any("__init__" in text or "Len()" in text for text in with_constants)


def test_the_value_of_a_constant_comes_where_it_fits():
    document = ragzip.Document("tokens.js", TOKENS)
    for tokens in (70, None):
        text = ragzip.compress(document, "Which session may still be used?", target_tokens=tokens, cache=False).text
        assert "function isValid" in text and "MAX_AGE_S: number = 8 * 60 * 60" in text
