"""What is read of a query: its questions, without sentences on how to answer."""

import pytest

from ragzip.text.queries.questions import readings_of

QUESTION = "Who came up with the theory of relativity?"


@pytest.mark.parametrize(
    "query",
    [
        f"{QUESTION} Thanks in advance!",
        f"Hello! {QUESTION}",
        f"{QUESTION} Answer in one short sentence and cite your sources.",
        f"{QUESTION} Respond in English.",
        f'"{QUESTION}"',
        f'{{"query": "{QUESTION}"}}',
        f"**{QUESTION}**",
        f"{QUESTION}\n\nThink step by step.",
        f"Answer the question based only on the context below. If you don't know, say so.\n\nQuestion: {QUESTION}",
        "You are a helpful assistant. Use the following pieces of context to answer the question at the end. If you "
        "don't know the answer, just say that you don't know, don't try to make up an answer.\n\n"
        f"Question: {QUESTION}\nHelpful Answer:",
        f"Question: {QUESTION}\nAnswer:",
    ],
)
def test_how_to_answer_is_no_question(query):
    assert readings_of(query) == (QUESTION,)


@pytest.mark.parametrize(
    ("query", "readings"),
    [
        (
            "Wer hat die Relativitätstheorie erfunden? Bitte antworte kurz auf Deutsch.",
            ("Wer hat die Relativitätstheorie erfunden?",),
        ),
        ("Où se trouve le moulin ? Réponse brève, merci.", ("Où se trouve le moulin ?",)),
        ("I live in Berlin. Where can I park?", ("I live in Berlin. Where can I park?",)),
        ("Hi, could you please tell me where I can park in Berlin?", ("where I can park in Berlin?",)),
        ('"Riga" or "Oslo"?', ('"Riga" or "Oslo"?',)),
        ('{"id": 7}', ('{"id": 7}',)),
        ("{not json", ("{not json",)),
        ("What is the answer?", ("What is the answer?",)),
        ("Use the steps below.", ("Use the steps below.",)),
        ("Cite your sources.", ("Cite your sources.",)),
    ],
)
def test_what_names_a_subject_is_read(query, readings):
    assert readings_of(query) == readings
