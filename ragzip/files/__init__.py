"""How ragzip writes to a place that a user names: whole or not at all, and over nothing that is somebody else's."""
