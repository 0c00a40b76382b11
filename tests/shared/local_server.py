"""A real HTTP server on 127.0.0.1, in threads, whose answers a test writes."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Request(BaseHTTPRequestHandler):
    """One request: ``body`` is what was sent, as JSON; ``reply`` and ``write`` answer it."""

    protocol_version = "HTTP/1.1"
    wbufsize = 2**16  # headers and body in one packet

    def do_POST(self):
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.seen.append(self)
        try:
            self.server.answer(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_PUT = lambda self: self.server.seen.append(self)

    def reply(self, content, status=200, **headers):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def say(self, text):
        self.reply({"choices": [{"message": {"content": text}}]})

    def write(self, data):
        self.wfile.write(data)
        self.wfile.flush()

    def hang_up(self):
        self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except OSError:  # what is still to be written to a client that hung up
            pass
        finally:
            self.rfile.close()  # else the socket stays open, and its warning comes in some later test

    def log_message(self, *_):
        pass


class LocalServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Request)
        self.answer, self.seen, self.lock = answer, [], threading.Lock()
        self.site = f"http://127.0.0.1:{self.server_port}"
        self.url = f"{self.site}/v1"

    def handle_error(self, request, client_address):
        pass  # a client that hung up


@contextmanager
def serving(answer=lambda request: request.say("yes")):
    """A server that calls ``answer`` with each request; ``seen`` are those that came, ``url`` is its address."""
    with LocalServer(answer) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
