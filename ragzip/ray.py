"""Ray data sets: contexts compressed, documents indexed or encoded to soft tokens, by actors that load models once."""

from __future__ import annotations

from ragzip.integrations.ray import compress_dataset, encode_dataset, index_dataset

__all__ = ["compress_dataset", "encode_dataset", "index_dataset"]
