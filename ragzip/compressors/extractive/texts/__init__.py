"""The passages of the texts of a call that a method reads, without repeats and asides."""
