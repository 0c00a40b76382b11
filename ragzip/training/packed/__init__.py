"""Packed training data: the file format of token arrays, packing, and sampling of batches."""
