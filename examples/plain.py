"""The plain function: documents in, a shorter text out, and where every piece of it came from."""

import ragzip

documents = [
    ragzip.Document(
        "moon",
        "The Moon is Earth's only natural satellite. It orbits at an average distance of 384,400 km. "
        "Its surface is covered in dust and craters. The first crewed landing was Apollo 11 on 20 July 1969.",
        title="Moon",
        metadata={"url": "https://en.wikipedia.org/wiki/Moon"},
    ),
    ragzip.Document(
        "mars",
        "Mars is the fourth planet from the Sun. It has two small moons, Phobos and Deimos. "
        "Its red colour comes from iron oxide in its dust.",
        title="Mars",
    ),
]

result = ragzip.compress(documents, "When did people first land on the Moon?", target_tokens=40, cache=False)
print(result)  # the text, and a line of figures

for citation in result.citations():
    print(f"text[{citation.start}:{citation.end}] is {citation.id}[{citation.source_start}:{citation.source_end}]")

# Numbers survive whole wherever their sentence is cut; the budget still holds.
tight = ragzip.compress(
    documents,
    "What is the Moon's average distance?",
    target_tokens=20,
    compressor="extractive/hybrid",
    protect=["numbers"],
    cache=False,
)
print(f"\n{tight.stats.tokens_out} tokens: {tight.text}")
