"""What pages say when they are written: raised letters, columns, lists, menus."""

import pytest
from shared_scores import SCORES

import ragzip
from ragzip import Document
from ragzip.pages.form import page_form
from ragzip.pages.leads import relations_of_blocks
from ragzip.pages.tree import clean
from ragzip.text.spans import Span


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>3</sup> times", "10^3 times"),
        ("10<sup>-3</sup> m<sup>2</sup>", "10^-3 m^2"),
        ("<b>10</b><sup>\u22126</sup>", "10^\u22126"),
        ("e<sup>n+1</sup>", "e^(n+1)"),
        ("(a+b)<sup>2</sup>", "(a+b)^2"),
        ("CO<sub>2</sub> is", "CO2 is"),
        ("log<sub>2</sub>8", "log_28"),
        ("v<sub>max</sub>", "v_max"),
        ("the 1<sup>st</sup> of May", "the 1st of May"),
        ("1<sup>1</sup>/<sub>2</sub> cups", "1 1/2 cups"),
        (
            "1<span class=sr-only>+</span><span class=num>1</span>&frasl;<span class=den>2</span> cups",
            "1 1⁄2 cups",
        ),
        ("use <sup>3</sup>&frasl;<sub>4</sub> cup", "use 3⁄4 cup"),
        (
            "is free.<br><sup>1</sup> 2 days a week<br><sup>1</sup>/<sub>2</sub> cup",
            "is free.\n^1 2 days a week\n1/2 cup",
        ),
        ("so it is<sup><a href=#n>[1]</a></sup>", "so it is[1]"),
    ],
)
def test_raised_and_lowered_text_reads_as_such(html, text):
    assert clean(f"<p>{html}", output="text") == clean(f"<p>{html}", output="markdown") == text


@pytest.mark.parametrize(
    "mark",
    ["<sup>1</sup>", "<sup><a href=#f>2</a></sup>", "<sup>a</sup><sup>b</sup>", "<sup>*</sup>", "<sup>[3]</sup>"],
)
def test_a_sentence_ends_behind_the_mark_of_its_note(mark):
    page = f"<p>The lake holds 9 m<sup>3</sup>.{mark} Its depth fell. “It is low now.”{mark} Fish live there.{mark}"
    blocks = page_form(page, output="text", max_words=1).blocks
    assert [page[block.start : block.start + 5] for block in blocks] == ["The l", "Its d", "“It i", "Fish "]
    assert not any(page[block.end :].startswith("<sup") for block in blocks)
    assert all(page[block.end - 1] in "12ab*]." for block in blocks)
    assert "b>" not in mark or page_form(page, output="text").write([blocks[0][:2]]).text.endswith("^b")


def test_list_items_keep_the_numbers_that_a_reader_sees():
    page = "<ol start=3><li>a<li value=7>b<li>c</ol><ol reversed><li>x<li>y</ol>"
    assert clean(page, output="markdown") == "3. a\n7. b\n8. c\n\n2. x\n1. y"
    assert clean(page) == "<ol start=3><li>a<li value=7>b<li>c</ol><ol reversed><li>x<li>y</ol>"
    place = page.index("c</ol>")
    assert page_form(page, output="markdown").write([(place, place + 1)]).text == "8. c"
    assert page_form(page, output="text").write([(place, place + 1)]).text == "8. c"
    assert clean(page, output="text") == "3. a\n7. b\n8. c\n2. x\n1. y"


def test_cells_stand_in_the_columns_and_rows_they_span():
    page = (
        "<table><tr><th rowspan=2>Line<th colspan=2>Weekdays<th colspan=2>Sundays"
        "<tr><th>First<th>Last<th>First<th>Last<tr><td rowspan=2>L1<td>1<td>2<td>3<td>4<tr><td>5<td><td>7<td>8</table>"
    )
    assert clean(page, output="markdown") == (
        "| Line | Weekdays | Weekdays | Sundays | Sundays |\n| --- | --- | --- | --- | --- |\n"
        "| Line | First | Last | First | Last |\n| L1 | 1 | 2 | 3 | 4 |\n| L1 | 5 | | 7 | 8 |"
    )
    assert "L1\t5\t\t7\t8" in clean(page, output="text")
    wide = clean("<table><tr><th colspan=2>Results<tr><td>a<td>b</table>", output="markdown")
    assert wide == "| Results | |\n| --- | --- |\n| a | b |"
    assert len(clean("<table><tr><th colspan=999>word<th>b</table>", output="markdown")) < 40


def test_a_term_comes_with_what_describes_it():
    page = "<dl><dt>Input</dt><dd>230 V</dd><dt>Output</dt><dt>Exit</dt><dd>12 V</dd><dd>3 A</dd></dl>"
    form = page_form(page)
    assert [form.page.text(block.start, block.end) for block in form.blocks] == ["Input 230 V", "Output Exit 12 V 3 A"]
    assert clean(page) == "<dt>Input<dd>230 V<dt>Output<dt>Exit<dd>12 V<dd>3 A"


def test_no_heading_over_nothing_and_a_title_once():
    page = "<title>Mills</title><h1>Mills</h1><p>One.</p><h2>Owners</h2><p>Ada.</p><h2>Notes</h2><p>None.</p>"
    assert clean(page) == page.removeprefix("<title>Mills</title>").replace("</p>", "")
    form = page_form(page)
    owners = page.index("Owners")
    assert form.write([(owners, owners + 6)]).text == ""
    one = page.index("One.")
    assert form.write([(one, one + 4), (owners, owners + 6)]).text == "<h1>Mills</h1><p>One."
    assert clean("<h1>Only</h1>") == "<h1>Only</h1>"


_LINKS = "<ul>" + "".join(f"<li><a href=/{i}>Opening hours {i}</a></li>" for i in range(6)) + "</ul>"


@pytest.mark.parametrize(
    "menu",
    [
        f"<nav>{_LINKS}</nav>",
        f"<div role=navigation>{_LINKS}</div>",
        f"<footer>{_LINKS}</footer>",
        f"<aside>{_LINKS}</aside>",
        f"<div class='left sidebar'>{_LINKS}</div>",
        f"<div id=nav>{_LINKS}</div>",
        f'<table class="navbox inner"><tr><td>{_LINKS}</table>',
        "<div id='cookie-banner'>Opening hours of our shop are set by cookies. <button>Accept</button></div>",
    ],
)
def test_menus_are_told_from_content(menu):
    content = "<h1>Museum</h1><p>The museum is open from ten to six on all days but Mondays.</p>" * 3
    form = page_form(content + menu)
    assert "Opening" not in clean(content + menu) and "from ten to six" in clean(content + menu)
    assert not any("Opening" in form.page.text(block.start, block.end) for block in form.blocks)
    if "cookie" not in menu:  # a page that is a list of links is its content
        assert "Opening hours 5" in clean("<h1>Museum</h1>" + menu)
        assert "Opening hours 5" in clean(f"<main>{content}{menu}</main>")


def test_a_footer_that_says_something_is_content():
    page = "<p>The museum is open from ten to six on all days but Mondays.<footer>Call 555 0100 or <a href=x>write</a>"
    assert "555 0100" in clean(page)
    aside = page.replace("<footer>", "<aside class=related>")
    assert "555 0100" in clean(aside)


def test_a_menu_in_a_box_that_says_something_is_a_menu():
    said = "<p>Call us for tours of groups, in German or in French, at any time but on Mondays.</p>" * 2
    for box in ("aside", "footer"):
        output = clean(f"<p>Open at 10.</p><{box}>{said}<nav>{_LINKS}</nav></{box}>")
        assert "Opening" not in output and "tours of groups" in output


def test_a_table_in_a_cell_is_read_in_line():
    page = "<table><tr><td>A<td>B<tr><td>C<td><table><tr><td>i<td>j<tr><td>k<td>l</table></table>"
    assert clean(page, output="markdown") == "| A | B |\n| --- | --- |\n| C | i j k l |"


def test_the_label_of_a_row_is_not_repeated_over_its_columns():
    page = "<table><tr><th>Rank<th>Nation<th>Gold<tr><td>1<td>China<td>4<tr><th colspan=2>Total<td>6</table>"
    assert clean(page, output="markdown").endswith("| Total | | 6 |")


@pytest.mark.parametrize("label", ["ad", "sponsored", "post ad-banner", "advertisement", "adsbygoogle"])
def test_advertisements_are_no_content_even_in_an_article(label):
    page = f"<main><p>{'Lake Ure is the cleanest lake. ' * 3}</p><div class='{label}'><p>Buy filters!</p></div></main>"
    assert "Buy filters" not in clean(page) and "Lake Ure" in clean(page)
    for other in ("adult", "loaded", "add", "header-ad-free"):
        assert "Buy filters" in clean(page.replace(f"'{label}'", other))


_FLAT = (
    "<h1>Flat</h1><p>Pets are allowed.<sup><a href='#n1'>1</a></sup></p><p>It has two rooms.</p>"
    "<p>The price is 90 euros.<sup><a href=#n2>2</a></sup></p><ul><li id=n1>Not in August.</li></ul>"
    "<ul><li id='n2'>Without cleaning.</li></ul>"
)


@pytest.mark.parametrize(
    ("page", "statement", "note"),
    [
        (_FLAT, "Pets are allowed.", "Not in August."),
        (_FLAT, "The price is 90 euros.", "Without cleaning."),
        (
            "<h1>X</h1><p>Only 1 euro!*</p><p>5G, 128 GB.</p><p>* With a contract.</p>",
            "Only 1 euro!",
            "With a contract.",
        ),
        (
            _FLAT.replace("<sup><a href='#n1'>1</a></sup>", "<a id=r href='#n1'><sup>1</sup></a>"),
            "Pets are allowed.",
            "Not in August.",
        ),
    ],
)
def test_a_statement_comes_with_the_note_it_links_to(page, statement, note):
    for tokens in range(8, 80, 4):
        text = ragzip.compress(
            Document("a", page, mime="text/html"), f"{statement} Is it so?", target_tokens=tokens, cache=SCORES
        ).text
        assert statement not in text or note in text
    assert statement in text


def test_a_statement_comes_with_the_note_of_its_raised_figure_where_both_fit():
    page = (
        "<h1>X</h1><p>It costs 5 euros.<sup>1</sup></p><p>It has 30 m<sup>2</sup>.</p><p>Come and see it.</p>"
        "<p><sup>1</sup> For a year.<br><sup>2</sup> Without tax.</p>"
    )
    document = Document("a", page, mime="text/html")
    text = ragzip.compress(document, "What does it cost?", target_tokens=40, compressor="html/bm25", cache=False).text
    assert "5 euros.<sup>1</sup>" in text and "For a year." in text
    blocks = page_form(page).blocks
    relations = relations_of_blocks(page_form(page).page, blocks, [Span(block.start, block.end) for block in blocks])
    assert [number for number, relation in relations.items() if relation.antecedents] == [1]


def test_references_to_literature_are_no_notes():
    page = _FLAT.replace("n1", "cite_note-1").replace("n2", "cite_note-2")
    blocks = page_form(page).blocks
    relations = relations_of_blocks(page_form(page).page, blocks, [Span(block.start, block.end) for block in blocks])
    assert not any(relation.needs for relation in relations.values())


def test_a_raised_figure_behind_a_stop_stays_raised():
    assert "allowed.<sup>1</sup>" in clean(_FLAT) and "euros.^2" in clean(_FLAT, output="markdown")


_LIBRARY = (
    "<h1>Library</h1><h2>News</h2><h2>Hours</h2><p>Open from Tuesday to Saturday.</p><p>Closed on Mondays.</p>"
    "<table><tr><th>Day<th>Room<tr><td>Tuesday<td>Green room<tr><td>Friday<td>Red room</table><h2>Contact</h2>"
)


@pytest.mark.parametrize("compressor", ["auto", "html/bm25"])
def test_no_heading_and_no_header_row_over_nothing(compressor):
    for query in ("When is the library closed?", "News, contact, day and room"):
        for tokens in range(5, 90, 5):
            text = ragzip.compress(
                Document("a", _LIBRARY, mime="text/html"),
                query,
                target_tokens=tokens,
                compressor=compressor,
                cache=SCORES,
            ).text
            assert "News" not in text and "Contact" not in text
            assert "Day" not in text or "room" in text


_RULES = (
    "<h1>Traffic rules of the country</h1><h2>North</h2><h3>Cars</h3><p>The limit is 110 km/h. Lights are needed. They "
    "must be white.</p><h3>Lorries</h3><p>The limit is 80 km/h. On Sundays no lorry may drive.</p>"
)


def test_a_small_budget_opens_paragraphs_and_goes_without_the_title_but_not_without_what_tells_parts_apart():
    document = Document("a", _RULES, mime="text/html")
    seen = set()
    for tokens in range(8, 90, 2):
        text = ragzip.compress(document, "What is the limit for lorries?", target_tokens=tokens, cache=SCORES).text
        seen.add("80 km/h" in text and "Traffic rules" not in text)
        assert "80 km/h" not in text or ("North" in text and "Lorries" in text)
        assert "They must" not in text or "Lights are needed" in text
    assert seen == {True, False} and "Traffic rules" in text


def test_a_question_stays_with_its_answer_at_small_budgets():
    entries = "".join(
        f"<div><button>Can I cancel plan {name}?</button><div><p>No. It ends by itself after {number} months.</p></div>"
        "</div>"
        for number, name in enumerate(("Alpha", "Beta", "Gamma"), 11)
    )
    document = Document("a", f"<main><h1>Help</h1>{entries}</main>", mime="text/html")
    for tokens in range(8, 80, 4):
        text = ragzip.compress(document, "Can I cancel plan Beta?", target_tokens=tokens, cache=SCORES).text
        assert text.count("Can I cancel") == text.count("No. It ends")


def test_fields_part_the_labels_beside_them():
    fields = "<p>From:<input type=date><label>To:</label><input type=date><label>Guests:</label></p>"
    assert "From:To:" not in clean(fields) and "From:\nTo:\nGuests:" in clean(fields, output="text")


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ('<label><input class="a" type="checkbox" id="b" checked> Mail</label>',
         '<input type="checkbox" checked> Mail'),
        ("<label><input type=checkbox> Mail</label>", "<input type=checkbox> Mail"),
        ("<input type=radio checked><label>Month</label><input type=radio><label>Year</label>",
         "<input type=radio checked>Month<input type=radio>Year"),
        ('<select><option value="1">Basic</option><option value="2" selected>Pro</option></select>',
         "<option selected>Pro"),
        ('Zone: <input id="z" value="Europe/Vienna" name="zone">', 'Zone: <input value="Europe/Vienna">'),
        ('<button role="switch" aria-checked="false">Dark</button>', '<button aria-checked="false">Dark'),
        ('Key: <input type="hidden" value="Europe"><input type="password" value="Europe">', "Key:"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("output", ["html", "markdown", "text"])
def test_a_control_says_how_it_is_set(control, expected, output):
    text = clean(f"<form><h1>Your settings</h1><div>{control}</div></form>", output=output)
    assert expected in text and "class=" not in text
    assert "hidden" not in control or "Europe" not in text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>The switch is <img alt='OFF' src=o.png> by default.</p>", "The switch is OFF by default."),
        ("<p>Rating:<img alt='4 of 5 stars'>(12 reviews)</p>", "Rating: 4 of 5 stars (12 reviews)"),
        ("<ul><li>Schalter: <img alt='AUS'>.</ul>", "Schalter: AUS."),
        ("<p>Score <span role=img aria-label='3 of 5'></span>, good", "Score 3 of 5, good"),
        ("<p><img alt='The old mill'>It burned.", "It burned."),
        ("<p>See <a href=x>it <img alt='external'></a> now", "See it now"),
        ("<p>By <img alt='Company logo'> Ida <img alt='ida.png'><img alt=''>Berg", "By Ida Berg"),
    ],
)
@pytest.mark.parametrize("output", ["html", "markdown", "text"])
def test_a_picture_in_the_place_of_a_word_is_read_by_its_label(page, text, output):
    assert (
        clean(page, output=output).removeprefix("<ul><li>").removeprefix("<p>").removesuffix("</ul>").lstrip("- ")
        == text
    )


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<details><summary>Size</summary>It has 12 m.</details>", "Size\nIt has 12 m."),
        ("<section>One</section>two", "One\ntwo"),
        ("<select><option>1 bar</option><option>2 bar</option></select>", "1 bar<option>2 bar"),
    ],
)
def test_no_end_tag_stands_alone(page, text):
    assert clean(page) == text


_COMPARED = "<table><tr><th>Feature<th>Free<th>Pro<tr><td>SSO<td>{}<td>{}</table>"


@pytest.mark.parametrize(
    ("signs", "texts"),
    [
        (("<i class='fa fa-times'></i>", '<i class="fa fa-check text-success"></i>'), "fa-times\tfa-check"),
        (('<span class="bi bi-x-circle" aria-hidden="true"></span>', "<i class=yes></i>"), "bi-x-circle\tyes"),
        (('<svg aria-hidden=true><use href="#icon-no"></use></svg>', "<svg class=tick><path/></svg>"), "icon-no\ttick"),
        (("<img alt='\u274c'>", "<img alt='\u2705'> SAML"), "\u274c\t\u2705 SAML"),
        (("<i class='fa fa-star'></i><i class='fa fa-star'></i>", "<i class=icon></i>"), "fa-star fa-star"),
        (("<i class='fa fa-check'></i> SAML", "<i class='fa-x' style='display:none'></i>3"), "SAML\t3"),
    ],
)
def test_a_sign_in_a_cell_is_read_by_its_name(signs, texts):
    assert clean(_COMPARED.format(*signs), output="text") == f"Feature\tFree\tPro\nSSO\t{texts}"


def test_an_item_that_is_marked_as_not_included_says_so():
    page = (
        "<ul><li><i class='fa fa-check'></i> Email<li><b><i class='fa fa-times' aria-hidden=true></i></b> Phone"
        "<li><img class=emoji alt='\u274c'> Chat<li>Tag <i class='fa fa-times'></i></ul>"
    )
    assert clean(page, output="text") == "Email\nfa-times Phone\n\u274c Chat\nTag"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Upload: <progress value='70' max='100'></progress> done", "Upload: <progress value='70' max='100'> done"),
        ("Disk: <meter value=0.6>60%</meter> used", "Disk: 60% used"),
        ("Done: <span role=progressbar aria-valuenow=40></span>", "Done: <span aria-valuenow=40>"),
        ("Sum: <output>42</output> EUR", "Sum: 42 EUR"),
        ("Sent <time datetime='2024-05-06T10:00Z'>yesterday</time>.", "Sent <time datetime=2024-05-06> yesterday."),
        (
            "Sent <relative-time datetime=2024-05-06>on 6 May</relative-time>",
            "Sent <relative-time datetime=2024-05-06> on 6 May",
        ),
        ("Sent: <time datetime='2024-05-06'></time>", "Sent: <time datetime=2024-05-06>"),
        ("Sent <time datetime='2024-05-06'>6 May 2024</time>.", "Sent 6 May 2024."),
        (
            "Sent <time datetime='2024-05-06'>06.05.24</time>, <time datetime=PT2H>2 hours</time>",
            "Sent 06.05.24, 2 hours",
        ),
    ],
)
@pytest.mark.parametrize("output", ["html", "text"])
def test_bars_and_dates_say_what_their_text_does_not(html, text, output):
    assert clean(f"<p>{html}", output=output).removeprefix("<p>") == text
