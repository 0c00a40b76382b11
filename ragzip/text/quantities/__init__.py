"""Numbers, units, amounts, ages, months and times that come again, and the ranges of such."""
