"""Running the server."""

from __future__ import annotations

import ipaddress
import logging
import math

from ragzip.errors import needs_extra
from ragzip.server.app import Service
from ragzip.server.config import ServerConfig

with needs_extra("serve"):
    import uvicorn

__all__ = ["serve"]

_KEEP_ALIVE_SECONDS = 30
_log = logging.getLogger(__name__)


def serve(config: ServerConfig) -> None:
    """Answer requests until the process is told to stop (SIGTERM, Ctrl-C); requests under way are finished first.

    :raises MissingExtraError: a library of the extra ``serve`` is not installed.
    :raises RagzipError: a compressor that is not registered.
    """
    logging.basicConfig(level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if not config.tokens and not _is_loopback(config.host):
        _log.warning(
            "anyone who reaches %s:%d may send requests, as no token is set: set RAGZIP_TOKEN", config.host, config.port
        )
    settings = uvicorn.Config(
        Service(config, owns_process=True).app,
        host=config.host,
        port=config.port,
        access_log=False,  # one line a request is logged by the application
        log_config=None,
        lifespan="on",
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(config.grace),
    )
    uvicorn.Server(settings).run()


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
