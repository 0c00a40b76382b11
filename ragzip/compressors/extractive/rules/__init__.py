"""Rules that correct the scores of units by facts that no model sees, one file each; :mod:`.table` has their order."""
