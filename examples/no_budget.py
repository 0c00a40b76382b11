"""No budget: as little as answers the question, and nothing where nothing does."""

import ragzip

manual = """\
The pump was installed on 14 June 1973. It moves 40 litres a second. The paint is green, and was never
renewed.

Grease the bearings every spring, before the river rises. Use the grease in the red tin, which stands beside
the stairs. The gate is locked at night. Visitors park behind the barn, where the ground is firm, and sign the
book at the door.

Water is taken from the river a hundred metres above the weir. A screen of iron bars keeps branches and leaves
away; it is cleaned with the rake that hangs there, once a week in summer and every day in autumn. Two men are
needed for it.

The engine that drove the pump before is kept in the shed. It burned coal, a ton a week, and took an hour to
start. School classes come to see it in May and in September. They may touch it, but nobody is to climb on it.
The whistle still works, and is blown at noon on the last day of the school year.

In winter the pump stands still. The pipes are emptied in November, so that frost does no harm, and filled
again in March. Whoever does it writes the date on the board in the kitchen. The key of the shed hangs behind
that board."""

for question in ("When was the pump installed?", "Who painted the Mona Lisa?"):
    result = ragzip.compress(manual, question, cache=False)
    print(f"{question} → {result.text!r}")
    print("  ", "; ".join(result.stats.notes))
