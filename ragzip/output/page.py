"""The frame of the HTML pages: they need nothing but themselves, in light and dark, on wide and narrow screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

__all__ = ["STYLE", "fact_list", "generator", "html_page"]

STYLE = """:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --faint: #f3f5f7; --line: #d3d8dd;
  --gone: #5a616a; --kept: #0b5324; --kept-bg: #daf3e1; --bad: #a3211a; --good: #0b6128; --accent: #0b57b0; }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --ink: #e7e9eb; --faint: #1e2327; --line: #3a4148;
  --gone: #a3abb3; --kept: #a9ecbd; --kept-bg: #173a25; --bad: #ff9a91; --good: #86dda0; --accent: #8ab8f5; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--ink); background: var(--page); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
h2, h3, h4, h5 { font-size: 1rem; line-height: 1.4; margin: 1rem 0 .4rem; }
small, .meta { color: var(--gone); font-size: .875rem; font-weight: normal; }
.meta { margin: 0 0 .6rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 0 0 1rem;
  padding: .8rem 1rem; background: var(--faint); border-radius: 8px; }
dl.facts dt { color: var(--gone); grid-column: 1; }
dl.facts dd { margin: 0; grid-column: 2; white-space: pre-wrap; }
@media (max-width: 36rem) { body { margin-top: 1rem; } dl.facts { display: block; }
  dl.facts dd { margin-bottom: .5rem; } }"""


def generator(command: str) -> str:
    """The tag that names the ``command`` a page is made by."""
    return f'<meta name="generator" content="ragzip {command}">'


def html_page(title: str, sections: Iterable[str], *, command: str, style: str) -> str:
    """A page whose heading is ``title``, over ``sections`` (HTML).

    :param command: of ragzip, that makes such pages.
    :param style: CSS, after :data:`STYLE`.
    """
    content = "\n".join(sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{generator(command)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(f"ragzip {command}: {title}")}</title>
<style>
{STYLE}
{style}
</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
"""


def fact_list(facts: Mapping[str, Sequence[str]]) -> str:
    """A description list of ``facts``; empty for none. What stands in them may be in any language."""
    description_items = (
        f"<dt>{escape(heading)}</dt>" + "".join(f'<dd dir="auto">{escape(fact_text)}</dd>' for fact_text in fact_texts)
        for heading, fact_texts in facts.items()
        if fact_texts
    )
    list_content = "\n".join(description_items)
    return f'<dl class="facts">\n{list_content}\n</dl>' if list_content else ""
