"""Rules that mend the scores of units by what no model tells, one file each; :mod:`.table` has their order."""
