"""The settings of the server, from a file, the environment and the command line."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from ragzip.backends.parallel import usable_cores
from ragzip.checks import choice, flag, number_in, path_of, seconds, shown, text, unknown_options, whole_number
from ragzip.errors import InputError, OptionError

__all__ = ["PREFIX", "ServerConfig", "read_config"]

PREFIX = "RAGZIP_"  # of environment variables
_MIB = 2**20


@dataclass(frozen=True)
class ServerConfig:
    """The settings of a server.

    :param host: to listen on.
    :param port: 0 takes a free one.
    :param token: that requests must bring as ``Authorization: Bearer …``, or several with commas between them; None:
        anyone may ask.
    :param compressor: of requests that name none.
    :param target_tokens: of a request that sets no budget; None: as the compressor decides.
    :param rate: the same as a share of the tokens.
    :param least: tokens under which a context or a tool result stays as it is; None: 200 for tool results alone.
    :param fail: "open": what cannot be compressed goes back as it came, and the reply says so; "closed": an error.
    :param shadow: measure only: texts go back as they came, with figures of what would have been done.
    :param deadline: seconds for a request, after which what is not scored goes back as it came.
    :param workers: requests that are worked on at once; 0: one for each processor core.
    :param queue: requests that wait besides; more get 429.
    :param max_mib: of the body of a request.
    :param originals: keeps whole texts, so that models can fetch them: "off", "memory", a folder, or "redis://host".
    :param cache: of scores: "default", "off", a folder, or the address of a Redis or Valkey server ("redis://host").
    :param grace: seconds that requests get to finish when the server is told to stop.
    :param log_level: "debug", "info", "warning" or "error". Texts are never logged.
    """

    host: str = "127.0.0.1"
    port: int = 8642
    token: str | None = None
    compressor: str = "auto"
    target_tokens: int | None = None
    rate: float | None = None
    least: int | None = None
    fail: str = "open"
    shadow: bool = False
    deadline: float = 30.0
    workers: int = 0
    queue: int = 64
    max_mib: int = 32
    originals: str = "memory"
    cache: str = "default"
    grace: float = 30.0
    log_level: str = "info"

    def __post_init__(self) -> None:
        text(self.host, "host")
        whole_number(self.port, "port", most=65_535)
        text(self.compressor, "compressor")
        for name, least in (("workers", 0), ("queue", 0), ("max_mib", 1)):
            whole_number(getattr(self, name), name, least=least)
        if self.least is not None:
            whole_number(self.least, "least")
        if self.target_tokens is not None:
            whole_number(self.target_tokens, "target_tokens", least=1)
        if self.rate is not None:
            number_in(self.rate, "rate", above=0)
        choice(self.fail, "fail", ("open", "closed"))
        flag(self.shadow, "shadow")
        for name in ("deadline", "grace"):
            seconds(getattr(self, name), name)
        for name in ("originals", "cache"):
            text(getattr(self, name), name)
        choice(self.log_level, "log_level", ("debug", "info", "warning", "error"))
        if self.token is not None and not self.tokens:
            raise OptionError("token: received a blank text, expected a token, or none.")

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of which a request must bring one; none: anyone may ask."""
        listed = (token.strip() for token in (self.token or "").split(","))
        return tuple(token for token in listed if token)

    @property
    def working(self) -> int:
        """The requests that are worked on at once."""
        return self.workers or usable_cores()

    @property
    def max_bytes(self) -> int:
        """The most bytes of the body of a request."""
        return self.max_mib * _MIB


def read_config(
    file: str | Path | None = None, environment: Mapping[str, str] | None = None, **settings: Any
) -> ServerConfig:
    """The settings of a file (TOML, YAML or JSON), over them those of the environment (``RAGZIP_PORT`` …), over them
    ``settings``, of which None says nothing.

    :raises InputError: a file that cannot be read.
    :raises OptionError: an unknown setting, or a value outside its range.
    """
    kinds = get_type_hints(ServerConfig)
    names = [setting.name for setting in fields(ServerConfig)]
    from_file = {} if file is None else _settings_of(path_of(file, "config", expected="a file"))
    if unknown := set(from_file) - set(names):
        raise unknown_options(f"config {file}", unknown, names, used_names=from_file)
    variables = os.environ if environment is None else environment
    from_environment = {
        name: _parsed(name, variables[variable], kinds[name])
        for name in names
        if (variable := PREFIX + name.upper()) in variables and variables[variable].strip()
    }
    named_settings = {name: value for name, value in settings.items() if value is not None}
    return replace(ServerConfig(**from_file), **from_environment, **named_settings)


def _settings_of(path: Path) -> dict[str, Any]:
    try:
        content = path.read_text("utf-8")
        settings = tomllib.loads(content) if path.suffix == ".toml" else yaml.safe_load(content)
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "problem", None) or error
        raise InputError(f"config: {path} could not be read ({reason}), expected TOML, YAML or JSON.") from None
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise InputError(f"config: {path} holds a {type(settings).__name__}, expected settings by name.")
    return {str(name): value for name, value in settings.items()}


def _parsed(name: str, value: str, kind: Any) -> Any:
    """The value of an environment variable."""
    if kind in (str, str | None):
        return value
    if kind is bool:
        return choice(value.casefold(), PREFIX + name.upper(), ("true", "false", "1", "0")) in ("true", "1")
    try:
        return int(value) if kind in (int, int | None) else float(value)
    except ValueError:
        raise OptionError(f"{PREFIX}{name.upper()}: received {shown(value)}, expected a number.") from None
