"""Tables that lay out a page, as in mails and newsletters, and tables in the cells of data."""

import pytest

import ragzip
from ragzip import Document
from ragzip.pages.tree import clean

ORDER = (
    "<table width=600><tr><td>Shop</td><td><a href='#'>View in browser</a></td></tr>"
    "<tr><td colspan=2><table><tr><td><h2>Your order 5521</h2><p>Thank you, Ms Lange.</p></td></tr>"
    "<tr><td><table border=1><tr><th>Item</th><th>Quantity</th><th>Price</th></tr><tr><td>Kettle</td><td>1</td>"
    "<td>39.90</td></tr><tr><td>Filter <b>large</b></td><td>3</td><td>4.50</td></tr></table></td></tr></table></td>"
    "</tr><tr><td colspan=2><small>You ordered from us.</small></td></tr></table>"
)
PLANS = (
    "<table><tr><td><table><tr><td>Plan</td><td>Basic</td></tr><tr><td>Fee</td><td>9 EUR</td></tr></table></td>"
    "<td><table><tr><td>Plan</td><td>Plus</td></tr><tr><td>Fee</td><td>19 EUR</td></tr></table></td></tr>"
    "<tr><td colspan=2>Prices include VAT.</td></tr></table>"
)
NEWS = (
    "<table><tr><td colspan=2><h1>March news</h1></td></tr><tr><td>"
    "<table><tr><td><h3>Opening</h3></td></tr><tr><td>The shop opens on 3 May.</td></tr></table></td><td>"
    "<table><tr><td><h3>Hours</h3></td></tr><tr><td>From June until 20:00.</td></tr></table></td></tr>"
    "<tr><td colspan=2><table><tr><td>Item</td><td>Old price</td><td>New price</td></tr>"
    "<tr><td>Kettle</td><td>39</td><td>35</td></tr><tr><td>Filter</td><td>5</td><td>4</td></tr></table></td></tr></table>"
)
STATIONS = (
    "<table><tr><th>Station</th><th>Contact</th><th>Hours</th></tr>"
    "<tr><td>North</td><td><table><tr><td>Phone</td><td>040 1234</td></tr><tr><td>Fax</td><td>040 1235</td></tr>"
    "</table></td><td>8-17</td></tr>"
    "<tr><td>South</td><td><table><tr><td>Phone</td><td>040 7788</td></tr><tr><td>Fax</td><td>040 7789</td></tr>"
    "</table></td><td>9-15</td></tr></table>"
)


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        (
            ORDER,
            "Shop\nView in browser\nYour order 5521\nThank you, Ms Lange.\nItem\tQuantity\tPrice\nKettle\t1\t39.90\n"
            "Filter large\t3\t4.50\n\nYou ordered from us.",
        ),
        (PLANS, "Plan\tBasic\nFee\t9 EUR\nPlan\tPlus\nFee\t19 EUR\nPrices include VAT."),
        (
            STATIONS,
            "Station\tContact\tHours\nNorth\tPhone 040 1234 Fax 040 1235\t8-17\n"
            "South\tPhone 040 7788 Fax 040 7789\t9-15",
        ),
    ],
)
def test_cells_that_lay_out_a_page_are_lines_in_reading_order(page, lines):
    assert clean(page, output="text") == lines


def test_a_grid_with_a_small_table_in_a_cell_is_data():
    page = STATIONS.replace("<th>", "<td>").replace("</th>", "</td>")
    assert clean(page, output="text") == clean(STATIONS, output="text")


def test_a_table_in_a_layout_is_a_table_of_its_own():
    assert clean(ORDER, output="markdown") == (
        "Shop\n\nView in browser\n\n## Your order 5521\n\nThank you, Ms Lange.\n\n| Item | Quantity | Price |\n"
        "| --- | --- | --- |\n| Kettle | 1 | 39.90 |\n| Filter large | 3 | 4.50 |\n\n---\n\nYou ordered from us."
    )


@pytest.mark.parametrize("output", ["html", "markdown", "text"])
@pytest.mark.parametrize(
    ("page", "query", "tokens", "kept", "left_out"),
    [
        (
            ORDER,
            "How much does the large filter cost?",
            60,
            ["Item", "Price", "Filter large", "4.50"],
            ["View in browser"],
        ),
        (PLANS, "What is the fee of the Plus plan?", 60, ["Plus", "19 EUR"], []),
        (NEWS, "What is the new price of the kettle?", 40, ["New price", "Kettle", "35"], ["Hours"]),
        (
            STATIONS,
            "What is the phone number of the South station?",
            60,
            ["Station", "Contact", "South", "040 7788"],
            [],
        ),
    ],
)
def test_what_is_kept_stands_under_its_own_names(output, page, query, tokens, kept, left_out):
    compressor = ragzip.load("html/pruner", output=output)
    document = Document("d", page, mime="text/html")
    text = ragzip.compress(document, query, target_tokens=tokens, compressor=compressor).text
    assert all(part in text for part in kept) and not any(part in text for part in left_out)


@pytest.mark.parametrize(
    "box",
    [
        "<footer><p><a href=a>Imprint</a> | <a href=b>Privacy</a></p></footer>",
        "<footer><a href=a>Impressum</a> · <a href=b>Datenschutz</a></footer>",
        "<div class='share-buttons'>Share this on Facebook</div>",
        "<div class='share'><a href=f>Share on Facebook</a> <a href=t>Tweet</a></div>",
        "<ul class='social-links'><li>Follow us</ul>",
        "<div class='breadcrumb'>Home &gt; Shop &gt; Shipping</div>",
        "<div class=crumbs>Home &gt; Shop &gt; Shipping</div>",
        "<div id=toc><h2>Contents</h2><ul><li><a href=#a>1 Costs</a><li><a href=#b>2 Days</a></ul></div>",
        "<a class='skip-link' href='#main'>Skip to main content</a>",
        "<div class='newsletter'>Subscribe for free shipping!</div>",
    ],
)
def test_menus_and_invitations_are_no_content(box):
    page = f"<h1>Shipping</h1><p>Shipping to Norway costs EUR 12, and takes nine days.</p>{box}"
    assert clean(page) == "<h1>Shipping</h1><p>Shipping to Norway costs EUR 12, and takes nine days."


@pytest.mark.parametrize(
    "box",
    [
        f"<div class=newsletter><h2>Issue 4</h2><p>{'The tram will run again. ' * 9}</p></div>",
        "<footer><p>Shipping is free above EUR 50 | open 9 to 5</p></footer>",
        "<aside><p>Note: do not unplug it.</p></aside>",
        "<div class=share>Your share of the costs is 12 %.</div>",
        "<p class=shared>Shared rooms cost less.</p>",
    ],
)
def test_boxes_that_say_something_are_content(box):
    page = f"<h1>Shipping</h1><p>Shipping to Norway costs EUR 12, and takes nine days.</p>{box}"
    assert len(clean(page)) > 90


def test_no_heading_of_the_main_part_reaches_beyond_it():
    page = (
        "<html><body><main><h1>Trek tent</h1><p>It costs 279 euros.</p><h2>Reviews</h2><p>The zipper broke.</p></main>"
        "<div>Customers also bought: a stove for 59 euros.</div></body></html>"
    )
    kept = ragzip.compress(page, "What does the stove cost?", target_tokens=22, cache=False).text
    assert "59 euros" in kept and "Reviews" not in kept
