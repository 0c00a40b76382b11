"""Training data as token arrays in one file: its format, how it is made, and the batches that are drawn from it."""
