"""Reading documents and data, and writing files: completely or not at all, and never over those of other programs."""
