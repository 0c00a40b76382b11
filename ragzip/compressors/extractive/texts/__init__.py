"""What a method reads of the texts of a call: their passages, without repeats and asides."""
