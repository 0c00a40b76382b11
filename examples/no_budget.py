"""No budget: as little as answers the question."""

import ragzip

<<<<<<< HEAD
manual = """# Pump house

The pump was installed on 14 June 1973. It moves 40 litres a second, which is enough for two days without rain. The \
paint is green, and has to be renewed every five years. The key hangs in the porter's lodge.
=======
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
>>>>>>> work-doors

# Grounds

The gate is locked at night. Visitors park behind the barn, where there is room for twelve cars and a coach. Dogs must \
be kept on a lead, and may not enter the pump house. The lawn is mown on Mondays between April and October. The pond \
was dug in 1920 by hand and is home to newts, so nothing may be poured into it.

# Care

Grease the bearings every spring with the grease named on the plate. Do not run the pump when the level is under the \
red mark. Empty the sieve on the first day of every month, and write the date into the book beside the door. Report \
noises to the keeper, who calls the maker. The maker answers within three days, or sooner if the pump stands still."""

for question in ("When was the pump installed?", "May dogs go into the pump house?"):
    result = ragzip.compress(manual, question, cache=False)
    print(f"{question}\n{result}\n")
