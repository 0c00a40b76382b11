"""Methods that replace pieces of text by vectors."""
