"""The group of commands, errors in one line, and bars."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from ragzip import __version__
from ragzip.backends.onnx import report_progress
from ragzip.errors import RagzipError

__all__ = ["app", "bar", "scoring_bar"]

_MUCH = 200  # texts from which a progress bar is worth showing


class _OneLine(click.Group):
    """Errors in one line on standard error: exit code 1, for wrong usage 2.

    Output that the terminal's encoding cannot show does not stop it.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            result = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(f"ragzip: {error.format_message()}", err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:  # whoever read the output has had enough
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - so that the flush at exit has somewhere to go
            sys.exit(1)
        except (RagzipError, OSError) as error:
            click.echo("ragzip: " + " ".join(str(error).split()), err=True)
            sys.exit(1)
        except click.Abort:
            sys.exit(130)
        sys.exit(result if isinstance(result, int) else 0)


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """Make retrieved text shorter and keep the answer in it."""


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left on standard error; where that is no terminal, a line now and then."""
    bars: list[Any] = []
    start, begun, last = 0.0, 0, 0

    def update(done: int, total: int) -> None:
        nonlocal start, begun, last
        if not bars:
            start, begun, last = time.monotonic(), done, done
            bars.append(
                click.progressbar(length=total, label=label, show_pos=True, item_show_func=str, file=sys.stderr)
            )
        each = (done - begun) / max(1e-9, time.monotonic() - start)
        if sys.stderr.isatty():
            bars[0].update(done - bars[0].pos, f"{each:.1f}/s")
        elif done == total or done - last >= max(1, total // 20):
            left = (total - done) / each if each else 0
            click.echo(f"{label}: {done:,} of {total:,}, {each:.2f}/s, {left:,.0f} s left", err=True)
            last = done
        if done == total and sys.stderr.isatty():
            bars.pop().render_finish()

    yield update


@contextmanager
def scoring_bar() -> Iterator[None]:
    """A bar on standard error while models run, if it is a terminal and there is much to do."""
    if not sys.stderr.isatty():
        yield
        return
    with bar("scoring") as update:

        def much(done: int, total: int) -> None:
            if total >= _MUCH:
                update(done, total)

        with report_progress(much):
            yield
