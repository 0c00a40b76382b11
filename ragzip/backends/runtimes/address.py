"""The address of a server: its public part, and the secrets that are sent and never shown."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

import httpx

from ragzip.backends.runtimes.redaction import checked_key, looks_secret
from ragzip.errors import OptionError

__all__ = ["Address", "origin", "without_secrets"]

_MAX_PORT = 65535
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """A server's address.

    :param shown: scheme, host, port and path, for messages and names.
    :param fingerprint: ``shown``, and a digest of the query where it holds more than keys: parameters may choose a
        model. Another account at the same address has the same one.
    :param headers: the credentials.
    :param query: as it stands in the URL.
    :param secrets: texts that must not be shown.
    """

    shown: str
    fingerprint: str
    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    query: str = field(repr=False)
    secrets: frozenset[str] = field(repr=False)

    @classmethod
    def read(cls, url: str, key: str | None) -> Address:
        """The address in ``url``, whose user and password are sent as Basic auth, and ``key`` as the bearer token.

        :raises OptionError: no address of a server, or an invalid key; neither is shown.
        """
        parsed, key = _parsed(url), checked_key(key)
        secrets = {value for _, value in parsed.params.multi_items()}
        credential = None
        if key is not None:
            credential = b"Bearer " + key.encode("latin-1")
            secrets.add(key)
        if parsed.username or parsed.password:
            if key is not None:
                raise OptionError(
                    "key: received a key and user:password@ in url, expected one of the two. An empty key (on the "
                    'command line --key "", where $OPENAI_API_KEY is set) leaves the user.'
                )
            user_info = f"{parsed.username}:{parsed.password}"
            encoded_user = base64.b64encode(user_info.encode())
            credential = b"Basic " + encoded_user
            secrets |= {parsed.username, parsed.password, user_info, encoded_user.decode("ascii")}
        headers = () if credential is None else ((b"Authorization", credential),)
        shown_address = without_secrets(parsed).rstrip("/")
        return cls(shown_address, _fingerprint(parsed), headers, parsed.query.decode("ascii"), frozenset(secrets))

    def below(self, path: str) -> httpx.URL:
        """The URL of ``path``, with the query."""
        return self.with_query(httpx.URL(f"{self.shown}/{path}"))

    def with_query(self, url: httpx.URL) -> httpx.URL:
        """``url`` with the query of this address; its own parameters of the same name are dropped."""
        own_names = {parameter_name for parameter_name, _ in httpx.QueryParams(self.query).multi_items()}
        kept_parameters = [
            (parameter_name, value)
            for parameter_name, value in url.params.multi_items()
            if parameter_name not in own_names
        ]
        merged_query = "&".join(query_part for query_part in (urlencode(kept_parameters), self.query) if query_part)
        return url.copy_with(query=merged_query.encode("ascii") or None)

    def proxy(self) -> str | None:
        """The proxy that the environment names for this server."""
        parsed_url = httpx.URL(self.shown)
        proxy_by_scheme = getproxies()
        proxy_address = proxy_by_scheme.get(parsed_url.scheme) or proxy_by_scheme.get("all")
        if not proxy_address or proxy_bypass(parsed_url.host):
            return None
        return proxy_address if "://" in proxy_address else f"http://{proxy_address}"


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: the receiver of a request."""
    return url.scheme, url.host.lower(), url.port or _DEFAULT_PORTS.get(url.scheme)


def without_secrets(url: httpx.URL) -> str:
    """Scheme, host, port and path of ``url``."""
    return f"{_site(url)}{_path(url)}"


def _site(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _path(url: httpx.URL) -> str:
    return url.raw_path.partition(b"?")[0].decode("ascii")


def _parsed(url: str) -> httpx.URL:
    if not isinstance(url, str) or not url.strip().lower().startswith(("http://", "https://")):
        received = "a text without http:// in front" if isinstance(url, str) else type(url).__name__
        raise OptionError(f"url: received {received}, expected an address such as 'http://localhost:8000/v1'.")
    try:
        parsed: httpx.URL | None = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):  # its message may hold a part of a password
        parsed = None
    # an @ in the path is most likely that of a password with a slash in it
    if parsed is None or not parsed.host or (parsed.port or 1) > _MAX_PORT or "@" in _path(parsed):
        raise OptionError(
            "url: received an address that cannot be read (it is not shown), expected one such as "
            "'http://localhost:8000/v1'. In a user name or password / ? # @ : are written %2F %3F %23 %40 %3A."
        )
    return parsed


def _fingerprint(url: httpx.URL) -> str:
    address = _site(url) + _path(url).rstrip("/").replace(":", "%3A")  # the name of the model follows a colon
    parameters = sorted(item for item in url.params.multi_items() if not looks_secret(item[0]))
    if not parameters:
        return address
    return f"{address}?{hashlib.sha256(urlencode(parameters).encode()).hexdigest()[:12]}"
