"""XML with text beside its elements, and prose in a tag."""

import ragzip
from ragzip.text.structure import structure_of


def test_text_of_xml_comes_with_what_is_emphasised_in_it():
    article = (
        "<article>\n  The harbour was closed in March. It opened again in <b>May</b> after the repair.\n"
        "  <section><p>A berth costs 12 euros.</p><p>Water is free, and so is power from noon to six.</p></section>\n"
        "  Boats leave by noon on the last day. Keys are left in the red box.\n"
        "  <section><p>Dogs may come if they are kept on a lead at all times of the year.</p></section>\n</article>\n"
    )
    document = ragzip.Document("0", article, mime="application/xml")
    kept = ragzip.compress(document, "When did it open again?", target_tokens=40, compressor="extractive/bm25").text
    assert kept.startswith("<article>") and kept.endswith("</article>")
    assert "It opened again in <b>May</b> after the repair." in kept


def test_prose_in_a_tag_stays_prose_where_nobody_says_that_it_is_xml():
    text = "<document>\nThe harbour was closed. It opened again in <b>May</b>.\n\n- Boats leave by noon.\n</document>"
    assert structure_of(text, "", "").kind == "prose"
    assert structure_of(text, "application/xml", "").kind == "xml"
    assert structure_of(text.replace("<b>May</b>", "May"), "", "a.txt").kind == "sources"
