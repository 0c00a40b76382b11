"""The command line as a process: its streams, its signals, its exit codes."""

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from ragzip.cli import app

MODULE = [sys.executable, "-m", "ragzip"]
SCRIPT = [sys.executable, "-c", "import sys; from ragzip.__main__ import main; sys.exit(main())"]  # what pip installs
ROOT = Path(__file__).parents[2]
JAPANESE = "日本の首都は東京です。 Ω ≠ ∞"
COMPRESS = ["compress", "-", "-c", "none", "--no-cache"]


def shell(command, *, data=b"", **environment):
    """Exit code, output and errors of ``command`` in a shell, where {ragzip} is the command line."""
    program = command.replace("{ragzip}", f"{sys.executable} -m ragzip")
    done = subprocess.run(
        ["bash", "-c", program], input=data, capture_output=True, timeout=120, env={**os.environ, **environment}
    )
    return done.returncode, done.stdout, done.stderr.decode()


def test_the_script_is_what_is_tested_here():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {"ragzip": "ragzip.__main__:main"}


@pytest.mark.parametrize(
    ("program", "environment"),
    [
        (MODULE, {"PYTHONIOENCODING": "latin-1"}),
        (SCRIPT, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}),
    ],
)
def test_output_is_utf8_whatever_the_locale(program, environment):
    done = subprocess.run(
        [*program, *COMPRESS], input=JAPANESE.encode(), capture_output=True, timeout=120, env=os.environ | environment
    )
    assert done.returncode == 0 and done.stdout.decode() == f"{JAPANESE}\n"
    assert "→" in done.stderr.decode()


def test_a_name_that_is_no_utf8_is_an_error_in_one_line(tmp_path):
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")
    Path(name).write_text("One.", "utf-8")
    done = CliRunner().invoke(app, ["compress", name])
    assert done.exit_code == 1 and done.stdout == "" and done.stderr.count("\n") == 1
    assert "surrogate" in done.stderr


@pytest.mark.parametrize(("data", "words"), [(b"a\0b", "NUL"), (b"\xffa\xfe", "not UTF-8")])
def test_standard_input_that_is_no_text(data, words):
    done = CliRunner().invoke(app, ["compress", "-"], input=data)
    assert done.exit_code == 1 and done.stdout == "" and words in done.stderr and done.stderr.count("\n") == 1


def test_standard_input_that_is_no_text_in_a_process():
    code, output, errors = shell("{ragzip} compress -", data=b"caf\xe9 au lait")
    assert code == 1 and output == b"" and "not UTF-8" in errors and errors.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("{ragzip} compress - <&-", 1, "standard input that is closed"),
        ("{ragzip} list >&-", 1, "standard output is closed"),
        ("{ragzip} list > /dev/full", 1, "No space left"),
        ("echo One. | {ragzip} compress - -c none --no-cache 2>&-", 0, ""),
        ("echo One. | {ragzip} compress - -c none --no-cache 2>/dev/full", 1, ""),
    ],
)
def test_closed_and_full_streams(command, code, words):
    found, output, errors = shell(command)
    assert found == code, (output, errors)
    assert words in errors and "Traceback" not in errors and "Exception ignored" not in errors
    assert errors.count("\n") == bool(words)


def test_a_closed_descriptor_is_not_given_to_a_file_of_the_cache(tmp_path):
    """The first file opened would have number 2, and what a library prints would go into it."""
    program = "import os; from ragzip.__main__ import _open_standard_streams as o; o(); print(os.open('/dev/null', 0))"
    done = subprocess.run(["bash", "-c", f'{sys.executable} -c "{program}" <&- 2>&-'], capture_output=True, timeout=60)
    assert int(done.stdout) > 2


def test_whoever_reads_may_stop():
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run([*MODULE, "list"], stdout=write, stderr=subprocess.PIPE, timeout=120)
    finally:
        os.close(write)
    assert done.returncode == 1 and done.stderr == b""


MARKS = {"the first import": "ragzip.cli", "a library": "numpy"}


@pytest.mark.parametrize("mark", MARKS)
def test_ctrl_c_while_modules_are_loading(mark):
    """SIGINT at the moment at which a module is begun to be imported."""
    watcher = f"""
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {MARKS[mark]!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
sys.argv = ["ragzip", "list"]
from ragzip.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", watcher], capture_output=True, timeout=120)
    assert done.returncode == 130 and done.stderr == b"" and done.stdout == b""


def test_ctrl_c_at_work():
    """While it waits for more of its standard input, of which it has read all there is."""
    process = subprocess.Popen(
        [*MODULE, *COMPRESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        process.stdin.write(b"One.")
        process.stdin.flush()
        while process.poll() is None and _unread(process.stdin):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and output == b"" and b"Traceback" not in errors


def _unread(pipe):
    """Bytes in a pipe that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4)))[0]
