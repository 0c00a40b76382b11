"""What code in Markdown prints comes with the code."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip.text.structure import structure_of

TUTORIAL = """\
Load the file first.

```python
df = pd.read_csv("churn.csv")
len(df)
```

```
7043
```

The file has no duplicates.

```sh
$ wc -c churn.csv
```
Output:

```text
977501 churn.csv
```

```python
df.tenure.max()
```

    72

Nobody stayed longer than six years.
"""
APART = """\
```python
x = 1
```

```python
y = 2
```

Then write this into a file:

```
name = anna
```

- item

      deep text
"""


def needs_of(source):
    units = structure_of(source, "", "a.md").units
    texts = [source[slice(*unit.span)] for unit in units]
    return {text: [texts[place] for place in unit.relation.needs] for text, unit in zip(texts, units, strict=True)}


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("```\n7043\n```", '```python\ndf = pd.read_csv("churn.csv")\nlen(df)\n```'),
        ("```text\n977501 churn.csv\n```", "```sh\n$ wc -c churn.csv\n```"),
        ("72", "```python\ndf.tenure.max()\n```"),
    ],
)
def test_an_output_needs_its_code(output, code):
    assert code in needs_of(TUTORIAL)[output]


def test_code_and_texts_of_their_own_need_none():
    needs = needs_of(APART)
    assert not any("```python" in needed for needed_texts in needs.values() for needed in needed_texts)


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("How long is the longest tenure?", ["df.tenure.max()", "    72"]),
        ("How many bytes has churn.csv?", ["wc -c churn.csv", "977501"]),
    ],
)
def test_an_output_is_kept_with_its_code(query, parts):
    kept_text = ragzip.compress(ragzip.Document("a.md", TUTORIAL), query, target_tokens=60, cache=SCORES).text
    assert all(part in kept_text for part in parts)


CHAINED = """Traceback (most recent call last):
  File "/app/worker.py", line 88, in run
    job = queue.pop()
  File "/app/queue.py", line 12, in pop
    return self.items.pop()
IndexError: pop from empty list

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 20, in <module>
    worker.run()
  File "/app/worker.py", line 91, in run
    notify(job)
UnboundLocalError: cannot access local variable 'job'
"""


@pytest.mark.parametrize("tokens", range(12, 100, 8))
@pytest.mark.parametrize("compressor", ["auto", "extractive/bm25"])
@pytest.mark.parametrize(
    "query", ["What is the cause of the crash?", "Which error was raised first?", "In which line did notify fail?"]
)
def test_no_line_over_a_trace_comes_alone_and_no_call_without_its_exception(query, compressor, tokens):
    kept = ragzip.compress(CHAINED, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text
    first, _, second = kept.partition("During handling")
    assert not kept or kept.rstrip().splitlines()[-1].lstrip().startswith(("IndexError", "UnboundLocalError"))
    assert 'File "' not in first or "IndexError" in first
    assert 'File "' not in second or "UnboundLocalError" in second
