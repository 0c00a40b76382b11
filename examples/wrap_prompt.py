"""Around any function that takes a prompt: it gets the shorter one, and nothing else changes."""

import ragzip


def ask(context: str, question: str) -> str:
    """Stands for a call of an LLM."""
    return f"[{len(context.split())} words of context for {question!r}]\n{context}"


ask_for_less = ragzip.wrap(ask, arg="context", query_arg="question", rate=0.4, cache=False)

notes = (
    "The kick-off was on Monday. Coffee was served. Dana will deliver the parser by 14 June. "
    "The room was cold. Lee asked about the budget, which stays at 40,000 euros. Lunch was late."
)
print(ask(notes, "What does Dana deliver, and when?"))
print()
print(ask_for_less(notes, question="What does Dana deliver, and when?"))
