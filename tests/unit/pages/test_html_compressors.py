"""Compressors over web pages: what the contract promises, and what a page needs on top."""

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_scores import SCORES

import ragzip
from ragzip.compressors.html.embedding import HtmlEmbedding
from ragzip.compressors.html.pruner import HtmlPruner
from ragzip.errors import InputError, OptionError
from ragzip.output.layout import Layout
from ragzip.testing import FakeEmbedder, FakePassageScorer
from ragzip.testing.contract import of_profile
from ragzip.text.tokens import token_counter
from ragzip.types import Document

ROWS = "".join(f"<tr><td>{year}</td><td>City {year % 7}</td><td>{year * 3}</td></tr>\n" for year in range(1900, 1990))
PAGE = f"""<html><head><title>Mills</title><style>td {{}}</style></head><body><h1>Mills</h1>
<p class="lead">The mill of Inverbervie burned down in 1902. Nobody was hurt. It was insured.</p>
<h2>Weather</h2><p>It rained in May. It was cold in June. The summer was dry.</p>
<h2>Output</h2><table><tr><th>Year</th><th>City</th><th>Tons</th></tr>
{ROWS}</table><p>Source: the archive.</p></body></html>"""
QUERY = "When did the mill of Inverbervie burn down?"

_words = st.sampled_from(["mill", "1902", "burned", "a", "中文", "it's", "&amp;", "&nbsp;", "x.", "“q”", "naïve"])
_text = st.lists(_words, min_size=1, max_size=8).map(" ".join)
_inline = st.builds(lambda tag, text: f"<{tag} class=c>{text}</{tag}>", st.sampled_from(["b", "a", "span"]), _text)
_cell = st.builds(
    lambda tag, text: f"<{tag}>{text}", st.sampled_from(["td", "th", "td colspan=2"]), _text | st.just("")
)
_row = st.lists(_cell, min_size=1, max_size=4).map(lambda cells: "<tr>" + "".join(cells) + "</tr>")
_table = st.lists(_row, min_size=1, max_size=6).map(lambda rows: "<table>" + "\n".join(rows) + "</table>")
_block = st.builds(
    lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
    st.sampled_from(["p", "div", "h2", "li", "section", "pre", "h3"]),
    st.lists(_text | _inline, min_size=1, max_size=4),
)
_part = st.builds(
    lambda form, label, text: form.format(label, text),
    st.sampled_from(
        [
            "<section><h3>{0}</h3>{1}</section>",
            "<blockquote><li><h4>{0}</h4>{1}</li></blockquote>{0}",
            "<fieldset><legend>{0}</legend><p>{1}</fieldset>",
            "<details><summary>{0}</summary>{1}</details>{1}",
            "<button aria-controls=p>{0}</button><div id=p hidden>{1}</div>",
            "<ul role=tablist><li role=tab aria-controls=t>{0}</ul><p id=t role=tabpanel aria-label='{0}'>{1}</p>",
            "<p>Correction: {0} {1}</p>",
            "<span>{0}</span><span>{1}</span>",
            "<footer>© {0}<p>{1}</footer>",
            "<div class=related><a>{0}</a></div>{1}",
        ]
    ),
    _text,
    _text,
)
pages = st.lists(_block | _table | _text | _part, max_size=8).map(lambda parts: "<html><body>" + "\n".join(parts))


def html(text, id="page"):
    return Document(id, text, mime="text/html")


def methods():
    return [ragzip.load("html/bm25"), HtmlEmbedding(FakeEmbedder()), HtmlPruner(FakePassageScorer())]


@pytest.mark.parametrize("compressor", methods(), ids=lambda compressor: compressor.name)
@given(st.lists(pages, min_size=1, max_size=3), st.sampled_from([None, "When was the mill burned?"]),
       st.sampled_from([1, 5, 10, 20, 50, 200]), st.booleans())  # fmt: skip
@of_profile()
def test_budget_spans_and_citations_on_any_page(compressor, sources, query, target, plain_too):
    context = [html(source, str(i)) for i, source in enumerate(sources)]
    if plain_too:
        context.append(Document("plain", "The mill burned in 1902. It rained."))
    layout = Layout("\n--\n", "[{number}] ")
    result = ragzip.Pipeline(compressor, target_tokens=target, cache=False, layout=layout).run(context, query)
    assert result.stats.tokens_out == token_counter()(result.text) <= target
    assert [document.id for document in result.documents] == [document.id for document in context]
    for document, segment in zip(result.documents, result.segments, strict=True):
        for (a, b), place in zip(document.spans, segment.offsets, strict=True):
            assert document.text[place : place + b - a] == document.source.text[a:b]
        assert list(document.spans) == sorted(document.spans)
    for citation in result.citations():
        source = context[[d.id for d in context].index(citation.id)].text
        assert result.text[citation.start : citation.end] == source[citation.source_start : citation.source_end]
    pickle.loads(pickle.dumps(result))


def test_a_page_is_pruned_to_what_answers_with_its_heading():
    result = ragzip.compress(html(PAGE), QUERY, target_tokens=30, compressor="html/bm25")
    assert "<h1>Mills</h1>" in result.text and "burned down in 1902." in result.text
    assert "rained" not in result.text and "class" not in result.text


def test_no_row_without_the_header_of_its_table():
    for target in (30, 60, 200, 700):
        text = ragzip.compress(html(PAGE), "tons of City 3 in 1921", target_tokens=target, compressor="html/bm25").text
        rows = re.findall(r"<tr><td>\d+", text)
        assert not rows or "<tr><th>Year<th>City<th>Tons" in text
        assert target < 60 or rows
    assert "<tr><td>1921<td>City 3<td>5763" in text


def test_auto_takes_pages_by_itself():
    for document in (html(PAGE), PAGE, Document("file", PAGE.replace("<html>", "<!DOCTYPE html><html>", 1))):
        result = ragzip.compress(document, QUERY, target_tokens=40)
        assert "1902" in result.text and "<td" not in result.text and result.stats.tokens_out <= 40
    both = ragzip.compress([html(PAGE), "The mill of Ayr burned down in 1844. It was old."], QUERY, target_tokens=60)
    assert "Inverbervie burned down in 1902" in both.documents[0].text and both.stats.tokens_out <= 60
    nothing = ragzip.compress(html(PAGE), "Who composed the opera Tosca?")
    assert nothing.stats.tokens_out < 0.6 * nothing.stats.tokens_in
    assert ragzip.compress([html(PAGE), "A text. It is short."], rate=0.1).stats.rate <= 0.1


def test_html_files_are_pages(tmp_path):
    (tmp_path / "mills.html").write_text(PAGE.replace("<html>", "").replace("</html>", ""), "utf-8")
    from ragzip.files.documents import read_documents

    result = ragzip.compress(read_documents([tmp_path]), QUERY, target_tokens=40)
    assert "1902" in result.text and "<td" not in result.text


def test_output_as_markdown_or_text():
    load = ragzip.load
    markdown = ragzip.compress(
        html(PAGE), "tons in 1921", target_tokens=80, compressor=load("html/bm25", output="markdown")
    )
    assert (
        "| Year | City | Tons |\n| --- | --- | --- |" in markdown.text and "| 1921 | City 3 | 5763 |" in markdown.text
    )
    plain = ragzip.compress(html(PAGE), "tons in 1921", target_tokens=80, compressor=load("html/bm25", output="text"))
    assert "1921\tCity 3\t5763" in plain.text and "<" not in plain.text
    for result in (markdown, plain):
        for citation in result.citations():
            assert result.text[citation.start : citation.end] == PAGE[citation.source_start : citation.source_end]


def test_protected_spans_of_the_visible_text_survive():
    options = {"target_tokens": 40, "compressor": "html/bm25", "protect": ["dates", re.compile("Source: the")]}
    result = ragzip.compress(html(PAGE), "mill", **options)
    assert result.stats.tokens_out <= 40


def test_stages_follow_each_other_on_a_page():
    result = ragzip.compress(
        html(PAGE), QUERY, target_tokens=40, compressor=["html/bm25", HtmlPruner(FakePassageScorer())]
    )
    assert "1902" in result.text and result.stats.tokens_out <= 40
    cut = ragzip.compress(html(PAGE), QUERY, target_tokens=12, compressor=["html/bm25", "baseline/truncate"])
    assert 0 < cut.stats.tokens_out <= 12


def test_the_reading_of_the_model_is_bounded_and_cached(tmp_path):
    scorer = FakePassageScorer()
    few = HtmlPruner(scorer, most_read=50)
    result = ragzip.compress(html(PAGE), QUERY, target_tokens=60, compressor=few, cache=tmp_path)
    assert "1902" in result.text and 0 < scorer.seen < 5
    seen = scorer.seen
    ragzip.compress(html(PAGE), QUERY, target_tokens=20, compressor=few, cache=tmp_path)
    assert scorer.seen == seen


@pytest.mark.parametrize(
    "options", [{"output": "pdf"}, {"links": 1}, {"max_words": 0}, {"fill": "all"}, {"reorder": True}, {"nothing": 1}]
)
def test_options_are_checked(options):
    with pytest.raises(OptionError):
        ragzip.load("html/bm25", **options)
    with pytest.raises(OptionError):
        ragzip.load("html/pruner", most_read=-1)


def test_pages_in_an_encoding_of_their_own(tmp_path):
    from ragzip.files.documents import read_documents

    page = "<html><head><meta charset='iso-8859-1'></head><body><p>Caf\u00e9 in Z\u00fcrich</p></body></html>"
    (tmp_path / "a.html").write_bytes(page.encode("latin1"))
    assert "Caf\u00e9 in Z\u00fcrich" in read_documents([tmp_path / "a.html"])[0].text
    (tmp_path / "b.html").write_bytes(page.replace("iso-8859-1", "no-such").encode("latin1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_documents([tmp_path / "b.html"])


def test_retrieval_over_pages_by_block(tmp_path):
    from ragzip.retrievers.bm25 import BM25Retriever

    index = BM25Retriever([html(PAGE), Document("plain", "The harbour was built in 1880.")], max_words=40)
    best = index.retrieve("tons City 1921", k=1)[0]
    assert best.mime == "text/html" and "<tr><th>Year<th>City<th>Tons" in best.text and "1921" in best.text
    place = best.metadata["ragzip"]
    assert place["source"] == "page" and "1921" in PAGE[place["start"] : place["end"]]
    index.save(tmp_path / "index")
    again = BM25Retriever.load(tmp_path / "index").retrieve("tons City 1921", k=3)
    assert again[0].text == best.text
    result = ragzip.compress(again, "tons in 1921", target_tokens=60, compressor="html/bm25")
    assert "1921<td>City 3<td>5763" in result.text and result.stats.tokens_out <= 60
    assert index.retrieve("td tr th", k=3) == []  # tags are not searched


def test_pages_that_langchain_loads():
    documents = pytest.importorskip("langchain_core.documents")
    from ragzip.langchain import RagzipCompressor

    noted = documents.Document(
        page_content=PAGE[6:], metadata={"source": "x", "content_type": "text/html; charset=utf-8"}
    )
    bare = documents.Document(page_content=PAGE, metadata={"source": "x"})
    for document in (noted, bare):
        kept = RagzipCompressor(target_tokens=40, cache=False).compress_documents([document], QUERY)
        assert "1902" in kept[0].page_content and "class=" not in kept[0].page_content


RULES = (
    "<h1>Rules</h1><p>The following are not permitted:</p><ul><li>cats and other small animals without a lead</li>"
    "<li>campfires and open barbecues of any kind</li></ul><p>Permitted are:</p><ul><li>dogs</li><li>bicycles</li></ul>"
)
NESTED_RULES = (
    "<h1>Rules</h1><ul><li>Permitted<ul><li>dogs on a lead everywhere in the park and in the woods of the town</li>"
    "<li>bicycles on the broad paths only, and never at night or in the fog</li></ul></li><li>Not permitted<ul>"
    "<li>campfires and barbecues anywhere in the park or on the banks of the river</li>"
    "<li>loud music after ten in the evening and before seven in the morning</li></ul></li></ul>"
)


def text_of_page(source, query, tokens, compressor="auto"):
    page = Document("p.html", source, mime="text/html")
    return ragzip.compress(page, query, target_tokens=tokens, compressor=compressor, cache=SCORES).text


@pytest.mark.parametrize("compressor", ["auto", "html/bm25"])
@pytest.mark.parametrize("query", ["What is permitted?", "Are campfires permitted?"])
def test_a_lead_in_comes_with_its_list(compressor, query):
    for tokens in range(10, 75, 5):
        text = text_of_page(RULES, query, tokens, compressor)
        assert ("not permitted:" in text) == ("campfires" in text or "cats" in text)
        assert ("Permitted are:" in text) == ("dogs" in text or "bicycles" in text)


@pytest.mark.parametrize("compressor", ["auto", "html/bm25"])
def test_a_nested_item_comes_with_the_one_above_it(compressor):
    for tokens in range(20, 100, 10):
        text = text_of_page(NESTED_RULES, "Are campfires and dogs permitted?", tokens, compressor)
        assert "Not permitted" in text or ("campfires" not in text and "music" not in text)
        assert "<li>Permitted" in text or ("dogs" not in text and "bicycles" not in text)


def test_a_value_comes_with_its_note():
    source = (
        "<table><tr><th>Room</th><th>Price</th></tr><tr><td>Single</td><td>60*</td></tr><tr><td>Double</td><td>90</td>"
        "</tr></table><p>* with breakfast</p><p>The hotel was built in 1960 and lies near the station of the town.</p>"
    )
    for tokens in range(10, 70, 5):
        text = text_of_page(source, "What is the price of a single room?", tokens)
        assert "60*" not in text or "with breakfast" in text


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("What do they say when the sole is wet?", "The sole came off"),
        ("What is there to do about the gearbox?", "Gearbox: fill in oil"),
        ("Is there a contact by phone?", "Phone: 5550 12"),
    ],
)
def test_words_that_make_a_question_are_no_wording(query, answer):
    lines = (
        "Do not say when they wash it.",
        "Gearbox: fill in oil",
        "Is there any care by hand?",
        "The sole came off.",
        "What about the bike?",
        "Phone: 5550 12",
    )
    page = "<h2>Notes</h2>" + "".join(f"<p>{line}</p>" for line in lines)
    assert answer in ragzip.compress(html(page), query, target_tokens=22, compressor="html/bm25").text
