"""No budget: as little as answers the question, and nothing where nothing does."""

import ragzip

manual = """The pump was installed on 14 June 1973. It moves 40 litres a second. The paint is green.

Grease the bearings every spring. The gate is locked at night. Visitors park behind the barn."""

for question in ("When was the pump installed?", "Who painted the Mona Lisa?"):
    result = ragzip.compress(manual, question, cache=False)
    print(f"{question} → {result.text!r}")
    print("  ", "; ".join(result.stats.notes))
