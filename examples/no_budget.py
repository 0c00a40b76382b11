"""No budget: as little as answers the question."""

import ragzip

manual = """# Pump house

The pump was installed on 14 June 1973. It moves 40 litres a second, which is enough for two days without rain. The \
paint is green, and has to be renewed every five years. The key hangs in the porter's lodge.

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
    print(f"{question}\n{result!s}\n")
