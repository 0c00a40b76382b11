"""A store on a Redis or Valkey server, which several machines share."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakSet

from ragzip.checks import seconds, shown, text
from ragzip.errors import OptionError, StorageError, needs_extra, reason_of
from ragzip.process.forking import ForkSafeLock, after_fork_in_child, guarded

__all__ = ["RedisStore"]

DEFAULT_EXPIRY_SECONDS = 30 * 86_400.0
DEFAULT_TIMEOUT_SECONDS = 1.0
_MAX_EXPIRY_SECONDS = 10**10  # what the server's own arithmetic in milliseconds holds
_MAX_TIMEOUT_SECONDS = 3600
_MAX_CONNECTIONS = 2**16  # as many as threads ask at once
_KEYS_PER_COMMAND = 1000  # so that no command occupies the server, or a reply the memory, for long
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.25, 30.0
_EXPECTED_ADDRESS = "an address such as redis://host:6379/0, rediss://… (TLS), valkey://… or unix:///path/to/socket"
_GLOB_SIGN = re.compile(rb"[*?\[\]\\^]")
_VALKEY = re.compile("^valkey")  # the client library knows the older name alone
_Value = TypeVar("_Value")

_logger = logging.getLogger(__name__)
_stores: WeakSet[RedisStore] = WeakSet()
_parent_clients: list[Any] = []


def _leave_clients_to_parent() -> None:
    for store in list(_stores):
        store.reopen()


after_fork_in_child(_leave_clients_to_parent)


class RedisStore:
    """A store on a server with the protocol of Redis (Redis, Valkey, KeyDB, Dragonfly …), for one machine or many.

    A server that does not answer costs speed, never a result: its entries count as missing, one warning per outage is
    logged, and it is left alone for 0.25 seconds at first, then for twice as long each time, up to 30. How much is kept
    is up to the server: set its ``maxmemory``, and ``maxmemory-policy allkeys-lru`` or ``volatile-ttl``.

    A pickle holds the address, with the password in it; logs and :meth:`stats` do not.

    :param url: the address, such as "redis://:password@host:6379/0"; "rediss://" for TLS, "unix://" for a socket;
        "valkey://" and "valkeys://" mean the same as "redis://" and "rediss://".
    :param prefix: of all keys, so that other data in the same database is left alone.
    :param expiry: seconds after which the server forgets an entry; None: never.
    :param timeout: seconds for a connection, and for an answer.
    :raises OptionError: an address that cannot be one, or another value outside its range.
    :raises MissingExtraError: redis is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "ragzip:",
        expiry: float | None = DEFAULT_EXPIRY_SECONDS,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        self.url = text(url, "url", expected=_EXPECTED_ADDRESS)
        self.prefix = text(prefix, "prefix")
        self.expiry = None if expiry is None else seconds(expiry, "expiry", most=_MAX_EXPIRY_SECONDS)
        self.timeout = seconds(timeout, "timeout", most=_MAX_TIMEOUT_SECONDS)
        try:
            self._prefix_bytes = self.prefix.encode()
        except UnicodeEncodeError:
            raise OptionError("prefix: received a lone surrogate, expected text that UTF-8 can hold.") from None
        self._lock = ForkSafeLock()
        self._failures = 0  # since the last answer
        self._failed_at = self._silent_until = 0.0
        self._is_refusal_logged = False
        self._client = _client_of(self.url, self.timeout)  # now, so that a wrong address is an error; not connected yet
        _stores.add(self)

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The entries that the server has, by key."""
        entries: dict[bytes, bytes] = {}

        def read(client: Any) -> None:
            for group in _groups(keys):
                values = client.mget([self._prefix_bytes + key for key in group])
                entries.update(
                    (key, value) for key, value in zip(group, values, strict=True) if isinstance(value, bytes)
                )

        self._answer(read, None)
        return entries

    def set_many(self, items: Mapping[bytes, bytes]) -> None:
        """Store ``items``."""
        expiry_milliseconds = None if self.expiry is None else max(1, round(1000 * self.expiry))

        def write(client: Any) -> None:
            for group in _groups(items.items()):
                with client.pipeline(transaction=False) as commands:
                    for key, value in group:
                        commands.set(self._prefix_bytes + key, value, px=expiry_milliseconds)
                    commands.execute()

        self._answer(write, None)

    def stats(self) -> dict[str, Any]:
        """The address without its password, the number of entries under the prefix, and the bytes that the whole server
        uses and may use (0: no limit). Zeros, where the server does not answer.
        """

        def measure(client: Any) -> dict[str, Any]:
            memory = client.info("memory")
            entry_count = sum(1 for _ in self._keys(client))
            return {"entries": entry_count, "bytes": memory["used_memory"], "size_limit": memory.get("maxmemory", 0)}

        no_figures = {"entries": 0, "bytes": 0, "size_limit": 0}
        return {"server": _without_secrets(self.url), **self._answer(measure, no_figures)}

    def clear(self) -> int:
        """The number of entries under the prefix, all of which are removed."""
        removed_counts: list[int] = []

        def remove(client: Any) -> None:
            for group in _groups(self._keys(client)):
                removed_counts.append(client.unlink(*group))

        self._answer(remove, None)
        return sum(removed_counts)

    def check(self) -> None:
        """Check, before long work, that the server answers.

        :raises StorageError: it does not.
        """
        try:
            self._connected().ping()
        except Exception as error:
            raise StorageError(
                f"cache: {_without_secrets(self.url)} does not answer ({reason_of(error)}). Start it, or name another."
            ) from error

    def reopen(self) -> None:
        """Connect again at the next use: a forked child must not share the connections of its parent."""
        _parent_clients.append(self._client)  # never closed: that would reach the parent's connections
        self._client = None

    def _keys(self, client: Any) -> Iterator[bytes]:
        pattern = _GLOB_SIGN.sub(rb"\\\g<0>", self._prefix_bytes) + b"*"
        yield from client.scan_iter(match=pattern, count=_KEYS_PER_COMMAND)

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _client_of(self.url, self.timeout)
            return self._client

    def _answer(self, ask: Callable[[Any], _Value], default: _Value) -> _Value:
        """The answer of the server; ``default`` where there is none, or none is expected yet."""
        began = time.monotonic()
        if began < self._silent_until:
            return default
        try:
            with guarded():
                client = self._connected()
            answer = ask(client)
        except Exception as error:  # redis and sockets raise errors of their own
            self._note_failure(error)
            return default
        self._note_answer(began)
        return answer

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            if time.monotonic() < self._silent_until:
                return  # another thread met the same outage
            if _is_refusal(error):  # a full server still answers reads
                is_new, self._is_refusal_logged = not self._is_refusal_logged, True
            else:
                is_new = self._note_outage()
        if is_new:
            server = _without_secrets(self.url)
            _logger.warning("cache %s: %s; continuing without it", server, reason_of(error))

    def _note_outage(self) -> bool:
        """Whether the outage is a new one; the server is then left alone for a while."""
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(self._failures, 10))
        self._failures += 1
        self._failed_at = time.monotonic()
        self._silent_until = self._failed_at + pause
        return self._failures == 1

    def _note_answer(self, asked_at: float) -> None:
        if not self._failures:
            return
        with self._lock:
            is_back = self._failures > 0 and asked_at > self._failed_at  # else an answer from before the outage
            if is_back:
                self._failures, self._silent_until = 0, 0.0
        if is_back:
            _logger.info("cache %s: answers again", _without_secrets(self.url))

    def __reduce__(self) -> tuple[Any, ...]:
        return _redis_store, (self.url, self.prefix, self.expiry, self.timeout)

    def __repr__(self) -> str:
        return f"RedisStore({_without_secrets(self.url)!r}, prefix={self.prefix!r})"


def _redis_store(url: str, prefix: str, expiry: float | None, timeout: float) -> RedisStore:
    return RedisStore(url, prefix=prefix, expiry=expiry, timeout=timeout)


def _client_of(url: str, timeout: float) -> Any:
    """A client of redis-py, which connects at its first command, and again where a connection was closed meanwhile.

    :raises OptionError: an address that cannot be one.
    :raises MissingExtraError: redis is not installed.
    """
    with guarded(), needs_extra("redis"):
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    address = _VALKEY.sub("redis", url)
    try:
        client = redis.Redis.from_url(
            address,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),
            protocol=2,  # which all servers speak
            max_connections=_MAX_CONNECTIONS,
        )
        settings: Any = client.connection_pool.make_connection()  # checks the options in the address
        if settings.encoder.decode_responses:
            raise ValueError("decode_responses: values are bytes")
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".replace(address, _without_secrets(url))
        received = shown(_without_secrets(url))
        raise OptionError(f"url: received {received}, expected {_EXPECTED_ADDRESS} ({reason[:200]}).") from None
    return client


def _is_refusal(error: Exception) -> bool:
    """Whether a server that works refused a command, because its memory is full for example."""
    from redis import ResponseError

    return isinstance(error, ResponseError)


def _groups(items: Iterable[_Value]) -> Iterator[list[_Value]]:
    """``items`` in lists for one command each."""
    remaining = iter(items)
    while group := list(islice(remaining, _KEYS_PER_COMMAND)):
        yield group


def _without_secrets(url: str) -> str:
    """``url`` without user, password and options."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return f"{url.partition('://')[0]}://…" if "://" in url else "a text"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
