"""Several sources in one text, as an application joins what a retriever found: each below lines that name it,
"[Document 2] Source: bees.pdf, page 4", "Title: … / URL: … / Content: …", "=== bees.md ===", after its number, above
the line that says where it is from, or between tags. Or one source: below a sentence that says where it is from, "This
chunk is from the report for 2023." (contextual retrieval), or as the context in a prompt, with a question beside it.

What is kept of a source comes with the lines that name it, where the budget holds both; they are kept over nothing.
Each source is read as a text by itself.
"""

from ragzip.text.structure.formats.sources.reader import read, recognises

__all__ = ["read", "recognises"]
