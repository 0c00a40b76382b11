"""Web pages: parsing with offsets, cleaning, blocks, and writing what is kept as HTML, Markdown or text."""
