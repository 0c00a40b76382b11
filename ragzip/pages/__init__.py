"""Web pages: parsing with offsets, cleaning, blocks, and writing of kept parts as HTML, Markdown or text."""
