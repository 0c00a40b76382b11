"""Tables of annual reports on pages: no header cells, columns parted by empty cells, labels in rows by themselves."""

import pytest

import ragzip


def _row(name: str, *values: str) -> str:
    return f"<tr><td>{name}</td>" + "".join(f"<td></td><td>{value}</td>" for value in values) + "</tr>"


STATEMENT = (
    "<table><tr><td></td><td colspan='6'><b>Years Ended December 31,</b></td></tr>"
    + _row("", "<b>2022</b>", "<b>2021</b>", "<b>2020</b>")
    + _row("Revenue:", "", "", "")
    + _row("Subscription", "388", "373", "326")
    + _row("Product", "532", "555", "507")
    + _row("Total revenue", "920", "928", "833")
    + _row("Cost of revenue:", "", "", "")
    + _row("Subscription", "146", "137", "108")
    + _row("Total cost of revenue", "181", "178", "144")
    + _row("Interest expense", "(112)", "(113)", "(116)")
    + "</table><p>See the notes to these statements, which are a part of them. They were drawn up in May.</p>"
)


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("What was total revenue in 2021?", ("2021", "Revenue:", "928"), ("Cost of revenue:",)),
        ("Interest expense of 2020", ("2020", "(116)"), ("Cost of revenue:", "Revenue:")),
        ("What did subscriptions cost, cost of revenue", ("2022", "Cost of revenue:", "146"), ("388",)),
    ],
)
@pytest.mark.parametrize("compressor", ["auto", "html/bm25"])
def test_a_row_comes_below_the_years_and_its_own_label(compressor, query, right, wrong):
    document = ragzip.Document("statement.html", STATEMENT, mime="text/html")
    text = ragzip.compress(document, query, target_tokens=80, compressor=compressor).text
    assert all(words in text for words in right)
    if compressor == "html/bm25":
        assert not any(words in text for words in wrong)
