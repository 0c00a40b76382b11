"""Every example runs, offline, and says what it should."""

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
EXPECTED = {
    "demo.py": [
        "36 documents",
        "Longmenshan",
        "    [1] 2008 Sichuan earthquake\n",
        "    Question: On what fault",
        "0 texts through the model",
        "demo.html",
    ],
    "plain.py": ["Apollo 11", " tokens (", "documents kept]", "is moon["],
    "wrap_prompt.py": ["14 June"],
    "prompt_parts.py": ["instruction: 56 → 56", "OAPEC", "Question: When did the oil crisis begin"],
    "haystack_rag.py": ["frederic-chopin", "Church of the Madeleine", "read again: RagzipDocumentCompressor"],
    "langchain_rag.py": ["Church of the Madeleine", "Human: Answer from the context."],
    "litellm_guardrail.py": ["<context>The pump broke on Monday. The pump was repaired on Friday.</context>"],
    "llamaindex_rag.py": ["frederic-chopin", "Church of the Madeleine", "Query: Where was"],
    "openai_agents_filter.py": ["10:41 ERROR batch 41 failed", "1516 characters in the log"],
    "messages.py": ["1,215 -> 78 tokens", '"reason": "card expired"', "10:41 ERROR order 1041 refused: card expired"],
    "pydantic_ai_history.py": ["10:41 ERROR batch 41 failed", "1516 characters in the log"],
    "no_budget.py": ["14 June 1973", "may not enter the pump house"],
    "web_page.py": ["<td>18,915", "| 1858 | Great Eastern | 18,915 |", "html/body/h1"],
    "evaluate.py": ["auto 10%", "answer kept", "report.html"],
    "soft_tokens.py": ["encoded ahead", " 0 pieces encoded", "at 30%", "prompt_embeds: ("],
    "rewriting.py": ["moved by 14 cm", "1 supported", "'6.4 million' is not in the sources"],
    "own_compressor.py": ["Ada Lovelace met Charles Babbage"],
}  # fmt: skip


def test_all_are_here():
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(EXPECTED)


NAMES = [pytest.param(name, marks=pytest.mark.torch if name == "soft_tokens.py" else ()) for name in EXPECTED]


@pytest.mark.parametrize("name", NAMES)
def test_example(name, tmp_path, monkeypatch, capsys, at_length):
    arguments = []
    if name == "demo.py" and not at_length:
        arguments = ["On what fault did the 2008 Sichuan earthquake occur?"]  # the first of its three
    if name == "soft_tokens.py":
        pytest.importorskip("torch", reason="needs ragzip[torch]")
        from tiny.checkpoints import llama

        arguments = [str(llama(tmp_path))]
    capsys.readouterr()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(EXAMPLES / name), *arguments])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    output, errors = capsys.readouterr()
    assert errors == ""
    for part in EXPECTED[name]:
        assert part in output
    if name == "demo.py":
        assert "<ins" in (tmp_path / "out" / "demo.html").read_text("utf-8")
