"""What a page says of a term comes with the term, and a box of links ends with its heading."""

import pytest

import ragzip
from ragzip import Document

_FIELDS = (
    "<dl><dt>Parameters:<dd><ul><li>key – up to {0} bytes.<li>path – a file of at most {0} GiB.</ul>"
    "<dt>Raises:<dd>{1}</dl>"
)
_API = (
    "<h1>Client</h1><dl><dt>class Client(token)<dd><p>A client for one region, which several threads may share.</p>"
    "<dl><dt>upload(path, key)<dd><p>Send a file and return the name of its version.</p>"
    + _FIELDS.format(5, "ExistsError if there is such a key")
    + "<p>Changed in version 3: existing keys are kept.</p></dl>"
    "<dl><dt>delete(key)<dd><p>Remove an object for good.</p>"
    + _FIELDS.format(9, "LockedError while it is held")
    + "<p>Deprecated: use purge, which may be undone for a month.</p></dl></dl>"
)
_GLOSSARY = (
    "<h1>Terms</h1><dl><dt>Deposit</dt><dd>"
    + "It is paid when the contract is signed, in cash or by card, and never later than on the day of arrival. " * 3
    + "It is returned within ten days.</dd><dt>Fee</dt><dd>"
    + "It is paid each month, by transfer, and never later than on the third day of the month that it is for. " * 3
    + "It is returned to nobody.</dd></dl>"
)


def kept(page, query, tokens, compressor="html/bm25"):
    document = Document("a", page, mime="text/html")
    return ragzip.compress(document, query, target_tokens=tokens, compressor=compressor, cache=False).text


@pytest.mark.parametrize("compressor", ["html/bm25", "extractive/bm25"])
@pytest.mark.parametrize(
    ("page", "query", "term", "answer", "other_terms"),
    [
        (_API, "when is LockedError raised", "delete(key)", "LockedError", ("upload",)),
        (_API, "since which version are existing keys kept", "upload(path, key)", "version 3", ("delete(",)),
        (_API, "deprecated, use purge", "delete(key)", "Deprecated", ("upload",)),
        (_GLOSSARY, "What is returned within ten days?", "Deposit", "ten days", ("Fee",)),
    ],
)
def test_a_description_comes_with_its_term(page, query, term, answer, other_terms, compressor):
    text = kept(page, query, 60, compressor)
    assert term in text and answer in text and not any(other in text for other in other_terms)


def test_what_is_behind_a_box_of_links_is_not_under_its_heading():
    page = (
        "<h1>Bridge closed</h1><p>The state will pay 60 per cent of the repairs, the towns around it pay the rest.</p>"
        "<div class=related><h3>Read also</h3><ul><li><a>Bridge in Kehl closed for repairs until June</a></ul></div>"
        "<p>A ferry for pedestrians runs every 20 minutes from 6 am on, and it is free.</p>"
    )
    text = kept(page, "How often does the ferry run?", 40)
    assert "every 20 minutes" in text and "Read also" not in text


@pytest.mark.parametrize(
    ("noise", "word"),
    [
        ("<h2>History<a class=headerlink href='#h'>¶</a></h2>", "¶"),
        ("<h2><span>History</span><span><a class=mark href='#h'>#</a></span></h2>", "#"),
        ("<h2>History <a href='#h'>🔗</a></h2>", "🔗"),
        ("<h2>History<span class=mw-editsection>[<a href=e>edit</a>]</span></h2>", "edit"),
        ("<div class='inline-ad'>Advertisement</div>", "Advertisement"),
        ("<div class=pager><a>1</a> <a>2</a> … <a>10</a></div>", "10"),
    ],
)
def test_links_of_headings_and_of_further_results_are_no_content(noise, word):
    page = f"<main><h1>Lake</h1>{noise}<p>The first steamship on the lake was built in 1868 and sank.</p></main>"
    assert word not in ragzip.compress(Document("a", page, mime="text/html"), compressor="html/bm25", rate=1.0).text


def test_a_label_over_a_table_is_kept_with_one_of_its_rows_only():
    page = (
        "<h1>Manual</h1><h2>Signals</h2><details><summary>History</summary><table><tr><th>Version<th>Changes<tr>"
        "<td>v9<td>Added.<tr><td>v8<td>Planned.</table></details><table><tr><th>Constant<th>Description"
        "<tr><td>SIGHUP<td>A controlling terminal is closed<tr><td>SIGINT<td>A user interrupts the process</table>"
    )
    text = kept(page, "which signal is sent when the controlling terminal is closed", 44)
    assert "SIGHUP" in text and "History" not in text
    assert "Version" in kept(page, "history of version v8", 44)
