"""Encoders of pieces of text into vectors, a file a method."""
