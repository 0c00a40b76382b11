"""A web page: pruned as HTML with its table's header, as Markdown, and cleaned without a question."""

import ragzip
from ragzip.pages.tree import block_tree, clean

ROWS = "".join(
    f'<tr class="row"><td>{year}</td><td>{ship}</td><td style="text-align:right">{tons:,}</td></tr>\n'
    for year, ship, tons in [
        (1838, "Sirius", 703), (1838, "Great Western", 1_340), (1843, "Great Britain", 3_270),
        (1858, "Great Eastern", 18_915), (1897, "Kaiser Wilhelm der Große", 14_349), (1906, "Lusitania", 31_550),
    ]
)  # fmt: skip
PAGE = f"""<!DOCTYPE html>
<html><head><title>Steamships</title><style>.row {{ color: navy }}</style><script>track("visit");</script></head>
<body><div id="menu"><a href="/">Home</a> <a href="/ships">Ships</a></div>
<h1>Atlantic steamships</h1><p>Sails were kept for decades. Coal was dear, and engines failed.</p>
<h2>Ships</h2><table><tr><th>Year</th><th>Ship</th><th>Tons</th></tr>
{ROWS}</table>
<h2>Crossings</h2><p>The Sirius took 18 days to New York. She burned her cabin furniture, it was said.</p>
</body></html>"""

page = ragzip.Document("ships", PAGE, mime="text/html")
question = "How many tons had the Great Eastern?"

result = ragzip.compress(page, question, target_tokens=52, cache=False)
print(f"{result.stats.tokens_in} → {result.stats.tokens_out} tokens\n{result.text}\n")
for piece in result.citations()[-2:]:
    print(f"  {piece.source_start}–{piece.source_end}: {PAGE[piece.source_start : piece.source_end]!r}")

markdown = ragzip.load("html/pruner", output="markdown")
print(f"\n{ragzip.compress(page, question, target_tokens=52, compressor=markdown, cache=False).text}\n")

print(f"{len(PAGE):,} characters, {len(clean(PAGE)):,} cleaned, {len(block_tree(PAGE, max_words=10))} blocks:")
for block in block_tree(PAGE, max_words=10)[:4]:
    print(f"  {'/'.join(block.path)}: {block.text}")
