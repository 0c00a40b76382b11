"""A chat model rewrites documents; what it says is checked against them before it is used.

Any LangChain chat model will do: ChatOpenAI(model="gpt-4o-mini"), ChatOllama(…). Here a stand-in gives an answer that
has one number wrong, as models do.
"""

from langchain_core.language_models import FakeListChatModel

import ragzip

model = FakeListChatModel(
    responses=["The north wall of the harbour moved by 14 cm in 2019. Repairs were estimated at 6.4 million pounds."]
)
documents = [
    ragzip.Document(
        "survey",
        "The harbour at Eastmouth was closed on 14 March 2019. A survey in the weeks before had found that the north "
        "wall of the harbour had moved by 14 cm since it was last measured. Nobody had noticed.",
    ),
    ragzip.Document(
        "costs",
        "Repairs were put off twice. The first estimate was 2.4 million pounds, which the council did not want to pay. "
        "Boats land at Corran for the time being, and the fish market has moved there too.",
    ),
]
query = "How far did the wall move, and what do repairs cost?"

compressor = ragzip.load("abstractive/recomp", model=model)
result = ragzip.compress(documents, query, target_tokens=45, compressor=compressor)
print(result.text)
print(result.stats.notes[0])
for claim in result.report.claims:
    print(f"{claim.verdict:9} {claim.text} {'; '.join(claim.reasons)}")
