"""A prompt in typed parts: instruction and question stay, the examples get a half, the context what is left."""

from pathlib import Path

import ragzip
from ragzip import Part

CORPUS = Path(__file__).parent / "corpus"
QUESTION = "When did the oil crisis begin, and who proclaimed the embargo?"

shots = """Q: Who painted it? A: Leonardo da Vinci did.

Q: When was it painted? A: In about 1503.

Q: Where is it now? A: In Paris."""
prompt = [
    Part("instruction", "Answer in one sentence, and only from the context below.", keep=True),
    Part("examples", shots, rate=0.5),
    *(ragzip.Document(path.stem, path.read_text("utf-8")) for path in sorted(CORPUS.glob("1973*"))),
    Part("question", f"Question: {QUESTION}", keep=True),
]
result = ragzip.compress(prompt, QUESTION, target_tokens=150)

for document in result.documents:
    print(f"{document.id}: {len(document.source.text)} → {len(document.text)} characters")
print(f"{result.stats.tokens_in} → {result.stats.tokens_out} tokens\n\n{result.text}")
