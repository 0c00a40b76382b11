"""References of a sentence to what was said before: pronouns, "the town", "the second", "at the end of the year"."""
