"""The readers of structured texts, a module or a folder each; :mod:`ragzip.text.structure.readers` chooses one."""
