"""The HTTP server: one process that holds the models for everyone who asks."""
