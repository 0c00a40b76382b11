"""Documents from files, folders and standard input."""

from __future__ import annotations

import mimetypes
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ragzip.errors import InputError
from ragzip.rows import rows, text_of
from ragzip.types import Document

__all__ = ["document_files", "read_documents"]

_TEXT = {
    ".txt", ".md", ".markdown", ".rst", ".text", ".html", ".htm", ".json", ".csv", ".tsv", ".log", ".xml", ".yaml",
    ".yml", ".toml", ".tex", ".py", ".js", ".ts", ".java", ".c", ".h", ".cpp", ".go", ".rs", ".rb", ".sh", ".sql",
}  # fmt: skip


_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_-]{1,40})""", re.IGNORECASE)
_TITLE = re.compile(r"#\s+(\S[^\r\n]*)")


def read_documents(sources: Iterable[str | Path]) -> list[Document]:
    """One document for each file; a folder gives all text files in it, sorted by path; "-" is standard input.

    A Markdown file's first heading is its title. A web page may be in the encoding that it names. Hidden files and
    folders are passed over.

    A file ending in .jsonl holds one document a line: an object with "text", and "id", "title", "metadata" if any.

    :raises InputError: a path that does not exist, is no UTF-8 text, or a folder without text files.
    """
    out: list[Document] = []
    for file in document_files(sources):
        if file is None:
            out.append(_decode("-", sys.stdin.buffer.read()))
        else:
            out.extend(_read(file))
    return out


def document_files(sources: Iterable[str | Path]) -> Iterator[Path | None]:
    """The files that :func:`read_documents` reads for ``sources``, in order; None stands for standard input.

    :raises InputError: as :func:`read_documents`, for a path.
    """
    for source in sources:
        if str(source) == "-":
            yield None
            continue
        path = Path(source)
        if not str(source).strip():
            raise InputError("received an empty file name, expected a file, a folder, or - for standard input.")
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if _is_text(p.relative_to(path)) and p.is_file())
            if not found:
                raise InputError(
                    f"{path}: received a folder without text files, expected some ({', '.join(sorted(_TEXT))})."
                )
            yield from found
        elif path.is_file():
            yield path
        else:
            raise InputError(f"{path}: no such file or folder.")


def _is_text(path: Path) -> bool:
    """By its ending; nothing hidden, nor in a hidden folder."""
    return path.suffix.lower() in {*_TEXT, ".jsonl"} and not any(part.startswith(".") for part in path.parts)


def _read(path: Path) -> Iterator[Document]:
    if path.suffix.lower() != ".jsonl":
        yield _decode(str(path), path.read_bytes())
        return
    for where, row in rows(path):
        yield Document(
            where if row.get("id") is None else str(row["id"]),
            text_of(row, where, "text"),
            title=row.get("title"),
            metadata=row.get("metadata") or {},
        )


def _decode(name: str, data: bytes) -> Document:
    text = _text(name, _as_utf8(data) if name.lower().endswith((".html", ".htm")) else data)
    mime = mimetypes.guess_type(name)[0] or "text/plain"
    heading = _TITLE.match(text) if name.endswith((".md", ".markdown")) else None
    return Document(name, text, title=heading.group(1) if heading else None, mime=mime)


def _as_utf8(page: bytes) -> bytes:
    """A page in UTF-8, from the encoding that it names; as it is where it names none, or a wrong one."""
    named = _CHARSET.search(page[:2048])
    try:
        return page.decode(named.group(1).decode("ascii")).encode() if named else page
    except (LookupError, UnicodeDecodeError):
        return page


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: received bytes that are not UTF-8 at offset {error.start}, expected text. Convert it first, "
            f"for example: iconv -f latin1 -t utf-8 {name}"
        ) from None
