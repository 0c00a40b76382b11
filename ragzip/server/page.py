"""The page at ``/``: a form, and under it what is kept, with its figures. Plain HTML, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ragzip.result import Result

__all__ = ["PageState", "page"]

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#c9ced6, #454b54); --soft: light-dark(#f4f5f7, #1d2025);
  --accent: light-dark(#0b57d0, #8ab4f8); --error: light-dark(#b3261e, #f2b8b5); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#fff, #121417); color: light-dark(#1b1d21, #e4e6ea); }
h1 { font-size: 1.4rem; margin: 0; } h1 + p { margin-top: .25rem; }
label { display: block; font-weight: 600; margin: .9rem 0 .25rem; }
textarea, input, select { width: 100%; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--soft);
  border: 1px solid var(--line); border-radius: 6px; }
textarea { min-height: 12rem; resize: vertical; }
.row { display: grid; grid-template-columns: 1fr 10rem 14rem; gap: 0 1rem; }
@media (max-width: 40rem) { .row { grid-template-columns: 1fr; } }
button { margin-top: 1rem; padding: .55rem 1.4rem; font: inherit; font-weight: 600; border: 0; border-radius: 6px;
  background: var(--accent); color: light-dark(#fff, #10131a); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1.5rem 0 .5rem; padding: 0; list-style: none; }
.figures b { font-variant-numeric: tabular-nums; }
.error { color: var(--error); border-left: 3px solid; padding-left: .75rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); border: 1px solid var(--line);
  border-radius: 6px; padding: .75rem; }
iframe { width: 100%; height: 34rem; border: 1px solid var(--line); border-radius: 6px; background: Canvas; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
"""


@dataclass(frozen=True)
class PageState:
    """The content of the page: a form, and below it the result or the error of the last call.

    :param compressors: the names that the form offers; ``default`` is the one that it begins with.
    :param needs_token: whether the form asks for a token.
    :param values: of the fields of the form, by name.
    """

    compressors: Sequence[str]
    default: str
    needs_token: bool
    values: Mapping[str, str]
    result: Result | None = None
    error: str | None = None


def page(state: PageState) -> str:
    """The HTML of the page."""
    values = state.values
    target = escape(values.get("target_tokens", ""))
    chosen = values.get("compressor") or state.default
    options = "".join(
        f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in state.compressors
    )
    token = (
        '<label for="token">Token of this server</label>'
        '<input id="token" name="token" type="password" autocomplete="off">'
        if state.needs_token
        else ""
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ragzip</title><style>{_STYLE}</style></head><body>
<h1>ragzip</h1><p>The part of a text that answers a question, within a budget of tokens.</p>
<form method="post" action="/">
<label for="context">Text</label>
<textarea id="context" name="context" required spellcheck="false">{escape(values.get("context", ""))}</textarea>
<div class="row">
<div><label for="query">Question</label>
<input id="query" name="query" value="{escape(values.get("query", ""))}"></div>
<div><label for="target_tokens">Tokens at most</label>
<input id="target_tokens" name="target_tokens" type="number" min="1" value="{target}"></div>
<div><label for="compressor">Compressor</label><select id="compressor" name="compressor">{options}</select></div>
</div>{token}<button>Compress</button></form>
{"" if state.error is None else f'<p class="error" role="alert">{escape(state.error)}</p>'}
{"" if state.result is None else _shown(state.result)}
</body></html>
"""


def _shown(result: Result) -> str:
    stats = result.stats
    seconds = sum(stats.seconds.values())
    figures = {
        "tokens given": f"{stats.tokens_in:,}",
        "tokens kept": f"{stats.tokens_out:,} ({stats.rate:.0%})",
        "seconds": f"{seconds:.2f}",
    }
    listed = "".join(f"<li>{name}: <b>{value}</b></li>" for name, value in figures.items())
    remarks = [*stats.notes, *([stats.fallback] if stats.fallback else [])]
    notes = "".join(f"<li>{escape(remark)}</li>" for remark in remarks)
    return f"""<ul class="figures">{listed}</ul>
{f"<ul>{notes}</ul>" if notes else ""}
<h2>Text for the prompt</h2><pre>{escape(result.text) or "(nothing)"}</pre>
<h2>In its place</h2>
<iframe title="Kept and dropped text" sandbox="allow-same-origin" srcdoc="{escape(result.diff())}"></iframe>"""
