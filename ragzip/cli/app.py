"""The group of commands, errors in one line, and bars."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import click

from ragzip import __version__
from ragzip.backends.progress import report_progress
from ragzip.checks import meant
from ragzip.errors import RagzipError

__all__ = ["app", "bar", "scoring_bar"]

_MUCH = 200  # texts from which a progress bar is worth showing


class _OneLine(click.Group):
    """Errors in one line on standard error: exit code 1, for wrong usage 2, for Ctrl-C 130. Output is UTF-8, whatever
    the locale: a text is never written with ``?`` in the place of its characters.
    """

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        if sys.stderr is None:  # closed: figures, bars and errors go nowhere
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open to the end
        streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, io.TextIOWrapper)]
        for stream in streams:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        code = self._code(*args, **kwargs)
        for stream in streams:
            _let_go(stream)
        sys.exit(code)

    def _code(self, *args: Any, **kwargs: Any) -> int:
        """The exit code of one run."""
        if sys.stdout is None:
            return _failure("standard output is closed, expected somewhere to write the result")
        try:
            result = super().main(*args, **{**kwargs, "standalone_mode": False})
            sys.stdout.flush()
        except click.NoSuchOption as error:
            return _failure(_with_guess(error), error.exit_code)
        except click.ClickException as error:
            return _failure(error.format_message(), error.exit_code)
        except BrokenPipeError:  # whoever read the output has had enough
            return 1
        except (RagzipError, OSError) as error:
            return _failure(str(error))
        except click.Abort:
            return 130
        except SystemExit as end:  # click's own answer to a broken pipe
            return end.code if isinstance(end.code, int) else 1
        return result if isinstance(result, int) else 0


def _with_guess(error: click.NoSuchOption) -> str:
    """The message, with the option that was probably meant by its name in other libraries (click guesses at slips)."""
    names = [param.name for param in error.ctx.command.params if param.name] if error.ctx else []
    guess = meant(error.option_name, names)
    if guess is None:
        return error.format_message()
    return f"No such option: {error.option_name} (did you mean --{guess.replace('_', '-')}?)"


def _failure(message: str, code: int = 1) -> int:
    """``code``, once ``message`` is told in one line, where anybody listens."""
    with suppress(OSError):
        click.echo("ragzip: " + " ".join(message.split()), err=True)
    return code


def _let_go(stream: io.TextIOWrapper) -> None:
    """Have what ``stream`` could not write (a full disk, a closed pipe) forgotten, so that the end of the program does
    not try again and fail with a traceback.
    """
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """Make retrieved text shorter and keep the answer in it.

    Texts are read and written as UTF-8, whatever the locale. Exit codes: 1 an error, 2 wrong usage, 130 Ctrl-C.
    """


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
