"""Formulas of pages, in whatever notation, and the readings of characters."""

import pytest

from ragzip.pages.tree import clean

TEX = "<annotation encoding='application/x-tex'>10^{-3}</annotation>"
SHOWN = "<msup><mn>10</mn><mrow><mo>-</mo><mn>3</mn></mrow></msup>"
CONTENT = "<annotation-xml encoding='MathML-Content'><apply><power/><cn>10</cn></apply></annotation-xml>"


@pytest.mark.parametrize(
    "formula",
    [
        f"<math><semantics>{SHOWN}{TEX}</semantics></math>",
        f"<math alttext='10^(-3)'><semantics><mrow>{SHOWN}</mrow>{CONTENT}{TEX}</semantics></math>",
        f"<span style='display: none'><math><semantics>{SHOWN}{TEX}</semantics></math></span>"
        "<img aria-hidden=true alt='10^{-3}'>",
        f"<span class=katex><span class=katex-mathml><math>{TEX}</math></span>"
        "<span class=katex-html aria-hidden=true><span>1</span><span>0</span><span>-3</span></span></span>",
        "<script type='math/tex'>10^{-3}</script>",
    ],
)
@pytest.mark.parametrize("output", ["html", "markdown", "text"])
def test_a_formula_that_is_given_in_tex_is_read_once(formula, output):
    page = f"<p>The error is {formula} at most.<script>track(5)</script>"
    assert clean(page, output=output).removeprefix("<p>") == "The error is 10^{-3} at most."


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (SHOWN, "10^-3"),
        (f"<semantics>{SHOWN}{CONTENT}</semantics>", "10^-3"),
        ("<mn>3</mn> <mfrac> <mn>1</mn> <mn>2</mn> </mfrac><mi>x</mi>", "3 (1/2)x"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "((a+b)/2)"),
        ("<msqrt><mn>2</mn><mi>x</mi></msqrt>", "√(2x)"),
        ("<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup><mtext> or </mtext><mn>5</mn>", "x_1^2 or 5"),
        ("<msup><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow><mn>2</mn></msup>", "(a+b)^2"),
    ],
)
def test_a_formula_keeps_what_is_raised_and_lowered(formula, text):
    page = f"<p>It is <math>{formula}</math>."
    assert clean(page, output="text") == clean(page, output="markdown") == f"It is {text}."
    kept_tags = [tag for tag in ("msup", "mfrac", "msqrt", "msubsup") if f"<{tag}>" in formula]
    assert all(f"<{tag}>" in clean(page) for tag in kept_tags)


@pytest.mark.parametrize(
    ("word", "html", "text"),
    [
        ("<ruby>東京<rt>とうきょう</rt></ruby>は", "東京<rt>とうきょう</rt>は", "東京(とうきょう)は"),
        ("<ruby><rb>漢</rb><rt>hàn</rt></ruby>字", "漢<rt>hàn</rt>字", "漢(hàn)字"),
        ("<ruby>白<rp>（</rp><rt>しろ</rt><rp>）</rp></ruby>い", "白（しろ）い", "白（しろ）い"),
    ],
)
def test_the_reading_of_a_word_stands_in_brackets(word, html, text):
    assert clean(f"<p>{word}") == f"<p>{html}"
    assert clean(f"<p>{word}", output="text") == clean(f"<p>{word}", output="markdown") == text
