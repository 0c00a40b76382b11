"""The page at ``/``: a form, and under it what is kept, with its figures. Plain HTML, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ragzip.output.page import html_page
from ragzip.result import Result

__all__ = ["PageState", "page"]

_STYLE = """label { display: block; font-weight: 600; margin: .9rem 0 .25rem; }
textarea, input, select { width: 100%; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--faint);
  border: 1px solid var(--gone); border-radius: 6px; }
textarea { min-height: 12rem; resize: vertical; }
.row { display: grid; grid-template-columns: 1fr 10rem 14rem; gap: 0 1rem; }
@media (max-width: 40rem) { .row { grid-template-columns: 1fr; } }
button { margin: 1rem 0; padding: .55rem 1.4rem; font: inherit; font-weight: 600; border: 0; border-radius: 6px;
  background: var(--accent); color: var(--page); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
.error { color: var(--bad); border-left: 3px solid; padding-left: .75rem; }
pre { white-space: pre-wrap; background: var(--faint); border: 1px solid var(--line); border-radius: 6px;
  padding: .75rem; margin: 0; }
iframe { width: 100%; height: 34rem; border: 1px solid var(--line); border-radius: 6px; background: Canvas; }"""


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
    form = f"""<form method="post" action="/">
<label for="context">Text</label>
<textarea id="context" name="context" required spellcheck="false">{escape(values.get("context", ""))}</textarea>
<div class="row">
<div><label for="query">Question</label>
<input id="query" name="query" value="{escape(values.get("query", ""))}"></div>
<div><label for="target_tokens">Tokens at most</label>
<input id="target_tokens" name="target_tokens" type="number" min="1" value="{target}"></div>
<div><label for="compressor">Compressor</label><select id="compressor" name="compressor">{options}</select></div>
</div>{token}<button>Compress</button></form>"""
    sections = [
        "<p>The part of a text that answers a question, within a budget of tokens.</p>",
        form,
        "" if state.error is None else f'<p class="error" role="alert">{escape(state.error)}</p>',
        "" if state.result is None else _shown(state.result),
    ]
    return html_page("Compress a text", sections, command="serve", style=_STYLE)


def _shown(result: Result) -> str:
    """The text for the prompt, and below it the page of its diff: figures, notes and the text in its place."""
    seconds = sum(result.stats.seconds.values())
    return f"""<h2>Text for the prompt</h2><pre dir="auto">{escape(result.text) or "(nothing)"}</pre>
<h2>Kept and dropped text</h2><p class="meta">in {seconds:.2f} seconds</p>
<iframe title="Kept and dropped text" sandbox="allow-same-origin" srcdoc="{escape(result.diff())}"></iframe>"""
