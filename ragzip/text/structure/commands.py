"""Commands of shells."""

from __future__ import annotations

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["COMMANDS", "is_command"]

COMMANDS = (
    r"sudo|cd|ls|cat|echo|git|npm|npx|yarn|pnpm|node|pip3?|python3?|pytest|uv|cargo|rustc|go|make|cmake|gcc|docker|kubectl|"
    r"helm|terraform|aws|gcloud|az|ssh|scp|curl|wget|grep|rg|find|sed|awk|tail|head|less|ps|top|df|du|free|mount|"
    r"systemctl|journalctl|service|uptime|uname|hostname|whoami|date|env|lsblk|lscpu|netstat|ss|dig|host|traceroute|"
    r"apt|apt-get|dnf|yum|brew|chmod|chown|mkdir|rm|cp|mv|tar|mvn|gradle|dotnet|java|ruby|"
    r"mypy|ruff|flake8|pylint|black|tox|nox|poetry|eslint|tsc|deno|bun|ninja|meson|bazel|g\+\+|clang|cc|swift|mix|perl|"
    r"ansible|ansible-playbook|vagrant|packer|podman|openssl|rsync|zip|unzip|kill|jq|sqlite3|mongosh|gh|lsof|stat|file|touch|"
    r"bundle|rails|php|composer|psql|mysql|redis-cli|export|source|which|ping|nc|ip|tree|wc|sort|diff|bash|sh"
)
_END = r"(?<![^\s][.!?:,])"  # "git add ." is one
_COMMAND_LINE = pattern_of(  # with a sign that a sentence has not: "find it, then sort" is one
    rf"(?:[$>] )?(?:sudo )?(?:{COMMANDS})(?![\w-])"
    rf"(?=[^\n]{{0,300}}(?:\s--?\w|[\w.~]/|/\w|\.\w|\w@|[=|~\"'#_]|\s&&\s))[^\n]{{1,300}}{_END}"
)
_BARE_COMMAND = pattern_of(
    r"(?:[$>] )?(?:sudo )?(?:git|npm|yarn|pnpm|pip3?|cargo|docker|kubectl|helm|terraform|poetry|brew|apt|make)"
    rf" [a-z][\w.-]{{1,40}}(?: [\w./@:-]{{1,60}}){{0,2}}{_END}"
)


def is_command(line: str) -> bool:
    """Whether a line is a command as one types it, without the prompt of a shell, too."""
    return _COMMAND_LINE.fullmatch(line) is not None or _BARE_COMMAND.fullmatch(line) is not None
