"""The group of commands, one-line errors, and progress bars."""

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
from ragzip.errors import RagzipError, closest_name

__all__ = ["app", "bar", "scoring_bar"]

_MIN_SHOWN_TEXTS = 200  # fewer are scored before a progress bar could be read
_PROGRESS_LINES = 20  # per run, where standard error is no terminal


class _OneLine(click.Group):
    """Commands with one-line errors on standard error: exit code 1, for wrong usage 2, for Ctrl-C 130. Output is UTF-8
    in every locale, so that no character is replaced by ``?``.
    """

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        if sys.stderr is None:  # closed: messages are discarded
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process exits
        streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, io.TextIOWrapper)]
        for stream in streams:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        exit_code = self._code(*args, **kwargs)
        for stream in streams:
            _discard_unwritten(stream)
        sys.exit(exit_code)

    def _code(self, *args: Any, **kwargs: Any) -> int:
        """The exit code of one run."""
        if sys.stdout is None:
            return _failure("standard output is closed, expected somewhere to write the result")
        try:
            result = super().main(*args, **{**kwargs, "standalone_mode": False})
            sys.stdout.flush()
        except click.exceptions.NoArgsIsHelpError as error:
            with suppress(OSError):
                click.echo(error.ctx.get_help() if error.ctx else error.format_message(), err=True)
            return error.exit_code
        except click.NoSuchOption as error:
            return _failure(_with_guess(error), error.exit_code)
        except click.ClickException as error:
            return _failure(error.format_message(), error.exit_code)
        except BrokenPipeError:  # the reader of the output closed it
            return 1
        except (RagzipError, OSError) as error:
            return _failure(str(error))
        except click.Abort:
            return 130
        except SystemExit as exit_request:  # click exits by itself on a broken pipe
            return exit_request.code if isinstance(exit_request.code, int) else 1
        return result if isinstance(result, int) else 0


def _with_guess(error: click.NoSuchOption) -> str:
    """The message, with the option that other libraries call by this name (click only guesses at typos)."""
    option_names = [parameter.name for parameter in error.ctx.command.params if parameter.name] if error.ctx else []
    option_guess = closest_name(error.option_name, option_names)
    if option_guess is None:
        return error.format_message()
    return f"No such option: {error.option_name} (did you mean --{option_guess.replace('_', '-')}?)"


def _failure(message: str, code: int = 1) -> int:
    """``code``, after ``message`` is printed in one line; a closed standard error is ignored."""
    with suppress(OSError):
        click.echo("ragzip: " + " ".join(message.split()), err=True)
    return code


def _discard_unwritten(stream: io.TextIOWrapper) -> None:
    """Discard what ``stream`` could not write (a full disk, a closed pipe): flushed again when Python exits, it would
    fail with a traceback.
    """
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            null_device = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null_device, stream.fileno())
            os.close(null_device)


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def app() -> None:
    """Make retrieved text shorter and keep the answer in it.

    Texts are read and written as UTF-8 in every locale. Exit codes: 1 an error, 2 wrong usage, 130 Ctrl-C.
    """


class _Progress:
    """A progress bar with rate and remaining time on standard error; without a terminal, a line now and then."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._bar: Any = None
        self._started = False
        self._start_seconds = 0.0
        self._start_count = self._last_shown_count = 0

    def update(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` items are done; the first call starts the clock."""
        if not self._started:
            self._started = True
            self._start_seconds, self._start_count, self._last_shown_count = time.monotonic(), done, done
        per_second = (done - self._start_count) / max(1e-9, time.monotonic() - self._start_seconds)
        if sys.stderr.isatty():
            self._update_bar(done, total, per_second)
        elif done == total or done - self._last_shown_count >= max(1, total // _PROGRESS_LINES):
            remaining_seconds = (total - done) / per_second if per_second else 0
            click.echo(
                f"{self.label}: {done:,} of {total:,}, {per_second:.2f}/s, {remaining_seconds:,.0f} s left", err=True
            )
            self._last_shown_count = done

    def _update_bar(self, done: int, total: int, per_second: float) -> None:
        if self._bar is None:
            self._bar = click.progressbar(
                length=total, label=self.label, show_pos=True, item_show_func=str, file=sys.stderr
            )
        self._bar.update(done - self._bar.pos, f"{per_second:.1f}/s")
        if done == total:
            self._bar.render_finish()
            self._bar, self._started = None, False


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A function ``update(done, total)`` that shows the progress of a run on standard error."""
    yield _Progress(label).update


@contextmanager
def scoring_bar() -> Iterator[None]:
    """A context in which long model runs show a progress bar, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with bar("scoring") as update:

        def update_if_long(done: int, total: int) -> None:
            if total >= _MIN_SHOWN_TEXTS:
                update(done, total)

        with report_progress(update_if_long):
            yield
