"""Text of one document is not read below the heading of another."""

import pytest

import ragzip

SHIPPING = (
    "# Shipping\n\nOrders ship within two days of payment. We use three carriers for parcels.\n",
    "# Terms of guarantee for kitchen appliances\n\nThe warranty lasts two years. It covers parts and labour.\n",
    "How long does the warranty last and when do orders ship?",
)
HARBOUR = (
    "POOL\n\nThe pool is open from nine to five. Towels can be rented at the desk.\n",
    "MUSEUM OF THE HARBOUR\n\nA ticket is 12 euros. Children are free.\n",
    "When is the pool open and how much is a ticket?",
)
VERSAND = (
    "## Versand\n\nGeliefert wird innerhalb von zwei Tagen. Wir nutzen drei Dienste.\n",
    "## Bedingungen für Küchengeräte aller Art\n\nDie Garantie ist zwei Jahre lang. Sie umfasst Teile.\n",
    "Wie lange ist die Garantie und wann wird geliefert?",
)


@pytest.mark.parametrize(("first", "second", "query"), [SHIPPING, HARBOUR, VERSAND])
@pytest.mark.parametrize("order", ["given", "score"])
def test_a_document_below_another_has_its_heading_or_neither_has(first, second, query, order):
    headings = [text.partition("\n")[0] for text in (first, second)]
    for tokens in range(8, 60):
        kept_text = ragzip.compress(
            [first, second],
            query,
            target_tokens=tokens,
            compressor="extractive/bm25",
            layout=ragzip.Layout(order=order),
        ).text
        paragraphs = kept_text.split("\n\n")
        kept_headings = [paragraph.strip() for paragraph in paragraphs if paragraph.strip() in headings]
        statements = [paragraph for paragraph in paragraphs if paragraph.strip() not in headings]
        if len(statements) > 1 and kept_headings:
            assert paragraphs[0] not in headings or len(kept_headings) == 2, kept_text


def test_a_heading_comes_in_the_place_of_what_is_far_worse():
    first, second, query = SHIPPING
    kept_text = ragzip.compress([first, second], query, target_tokens=27, compressor="extractive/bm25").text
    assert kept_text == (
        "# Shipping\n\nOrders ship within two days of payment.\n\n"
        "# Terms of guarantee for kitchen appliances\n\nThe warranty lasts two years."
    )


def test_sections_keep_their_headings_before_another_document():
    first = "# Pool\n\nThe pool opens at nine.\n\n# Sauna\n\nThe sauna opens at ten.\n"
    second = "# The museum of the history of the harbour\n\nA ticket to see it is 12 euros.\n"
    for tokens in range(16, 40):
        query = "When do pool and sauna open, and what is a ticket?"
        kept_text = ragzip.compress([first, second], query, target_tokens=tokens, compressor="extractive/bm25").text
        if "opens at nine" in kept_text and "opens at ten" in kept_text:
            assert "# Pool" in kept_text and "# Sauna" in kept_text
        if "12 euros" in kept_text and "# " in kept_text.partition("A ticket")[0]:
            assert "# The museum" in kept_text


def test_headers_part_documents():
    first, second, query = SHIPPING
    layout = ragzip.Layout(header="[{number}]\n")
    texts = [
        ragzip.compress([first, second], query, target_tokens=tokens, compressor="extractive/bm25", layout=layout).text
        for tokens in range(20, 40)
    ]
    assert any("# Shipping" in text and "[2]\nThe warranty" in text for text in texts)


def test_a_chunk_of_an_earlier_page_is_not_read_as_of_the_one_before():
    oven = "# Oven\n\nThe oven has a light of 25 watts."
    fridge = "# Fridge with freezer\n\nThe light has a sensor. Its light has 15 watts."
    door = "# Oven\n\nThe light of the door has 5 watts."
    for tokens in range(12, 60):
        kept_text = ragzip.compress(
            [oven, fridge, door], "How many watts has the light?", target_tokens=tokens, compressor="extractive/bm25"
        ).text
        before, has_door, _ = kept_text.partition("The light of the door")
        if has_door and "# " in before:
            assert before.rpartition("# ")[2].startswith("Oven"), kept_text
    assert kept_text.count("# Oven") == 2


def test_a_chunk_below_one_of_its_own_page_needs_no_heading_again():
    chunks = ["# Oven\n\nThe oven has a light of 25 watts.", "# Oven\n\nThe light of the door has 5 watts."]
    kept_text = ragzip.compress(chunks, "How many watts has the light?", target_tokens=24, compressor="extractive/bm25")
    assert kept_text.text.count("# Oven") == 1 and "25 watts" in kept_text.text and "5 watts" in kept_text.text
