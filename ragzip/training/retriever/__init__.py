"""The training of a query encoder together with the centroids of an index of codes: ``ragzip train retriever``."""
