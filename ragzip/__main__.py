"""``python -m ragzip`` and the script ``ragzip``: the command line, which Ctrl-C ends at any moment with exit code 130.

Nothing of the package is imported above: loading its libraries takes a second, in which Ctrl-C comes too.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

__all__ = ["main"]

INTERRUPTED = 128 + signal.SIGINT  # what a shell makes of it


def main() -> NoReturn:
    """Run the command line."""
    _open_standard_streams()
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not so in the background of a shell
    if interruptible:
        signal.signal(signal.SIGINT, _quit)  # an exception could be lost in the middle of an import
    from ragzip.cli import app

    try:
        if interruptible:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # files being written are cleared away
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        if interruptible:
            signal.signal(signal.SIGINT, _quit)  # while threads are waited for
    sys.exit(0)


def _quit(number: int, frame: Any) -> NoReturn:
    os._exit(INTERRUPTED)


def _open_standard_streams() -> None:
    """Open the file descriptors 0 to 2: else the first file that is opened gets one of them, and output of a library is
    written to it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest one that is free


if __name__ == "__main__":
    main()
