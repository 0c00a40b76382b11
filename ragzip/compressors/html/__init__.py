"""HTML compressors: keep a subset of a page's blocks."""
