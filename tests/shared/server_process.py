"""``ragzip serve`` as a process, on a port that is free."""

import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(*options):
    """A server process that is ready, and its address."""
    import httpx  # tests of other servers need only a port

    port = free_port()
    command = [sys.executable, "-m", "ragzip", "serve", "--port", str(port), "--cache", "off", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    address = f"http://127.0.0.1:{port}"
    while process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return process, address
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(process.stdout.read())
