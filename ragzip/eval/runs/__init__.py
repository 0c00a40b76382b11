"""Running an evaluation: records, readers, resuming."""
