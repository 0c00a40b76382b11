"""Lists of references are kept only where a query asks for them, whole entries."""

import pytest

import ragzip

TEXT = (
    "Influenza spreads in winter, when people stay indoors. Vaccination halves the risk of severe disease. "
    "The virus of 1918 killed 50 million people; its genes were sequenced from tissue, and none explains its force.\n\n"
    "Where the pandemic began is not known. Camps of the army in Kansas were named, and a port, where "
    "soldiers fell ill in the winter before. Both are guesses, since no tissue from before 1918 was found.\n\n"
)
VANCOUVER = (
    "12. Reid AH, Hultin JV, Fanning TG.\nOrigin of the 1918 pandemic influenza virus. Science. 1999;285:1651-6.\n"
    "13. Frost WH. The pandemic of 1918 in the army. Public Health Rep. 1920;35:584-97.\n"
    "14. Taubenberger JK. The 1918 virus:\na killer comes into view. Virology. 2000;274:241-5.\n"
    "15. Crosby A. America's forgotten pandemic. Cambridge: University Press; 1989.\n"
)
AUTHORS = (
    "Reid, A. (1999). Origin of the 1918 pandemic influenza virus. Science, 285, 1651.\n"
    "Frost, W. (1920). The pandemic of 1918 in the army. Public Health Reports, 35, 584.\n"
    "Taubenberger, J. (2000). The 1918 virus: a killer comes into view. Virology, 274, 241.\n"
    "Crosby, A. (1989). America's forgotten pandemic. Cambridge University Press.\n"
)
LISTS = {
    "plain": TEXT + "References\n\n" + VANCOUVER,
    "authors": TEXT + "References\n" + AUTHORS,
    "markdown": "# The virus\n\n"
    + TEXT
    + "## References\n\n"
    + VANCOUVER.replace("\nOr", " Or").replace(":\na", ": a"),
}


@pytest.mark.parametrize("layout", LISTS)
def test_references_are_kept_for_queries_about_them_alone(layout):
    text = LISTS[layout]
    answer = ragzip.compress(
        text, "Where did the pandemic of 1918 begin?", target_tokens=60, compressor="extractive/bm25"
    )
    assert "not known" in answer.text
    assert "References" not in answer.text
    assert "Frost" not in answer.text
    cited = ragzip.compress(
        text, "Which paper is on the origin of the virus?", target_tokens=60, compressor="extractive/bm25"
    )
    assert "Reid" in cited.text
    assert "Origin of the 1918 pandemic" in cited.text


def test_a_text_of_references_is_about_them():
    kept = ragzip.compress(VANCOUVER, "the pandemic in the army", target_tokens=40, compressor="extractive/bm25").text
    assert "Frost" in kept
