"""Documents from files, folders and standard input."""

from __future__ import annotations

import codecs
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from ragzip.checks import item_list, path_of
from ragzip.errors import InputError, MissingExtraError, RagzipError, binary_format_of
from ragzip.files.manifest import MANIFEST_NAME
from ragzip.files.pdf import PDF_ENDING, PDF_MIME, PDF_SIGNATURE, pdf_document
from ragzip.files.rows import rows, text_of
from ragzip.files.sheets import ENDINGS_OF_SHEETS, SheetLayout, read_sheets
from ragzip.text.lazy_patterns import pattern_of
from ragzip.text.structure.kinds import MIMES_OF_PAGES, is_mime_of_page, mime_of, text_endings
from ragzip.text.structure.names import ending_of
from ragzip.types import Document

__all__ = ["document_files", "read_documents"]

_log = logging.getLogger(__name__)
_MAX_HEAD_BYTES = 8192  # of a file, searched for bytes that no text has
_CHARSET_OF_PAGE = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_-]{1,40})""", re.IGNORECASE)
_EXPECTED_SOURCES = "the names of files and folders, or - for standard input"
_TITLE_OF_PAGE = pattern_of(r"(?i)<title(?:\s[^>]{0,200})?>([^<]{1,1000})</title")
_MAX_TITLE_PLACE = 2**16  # characters of a page, searched for its title
_FIRST_HEADING = pattern_of(r"#\s+(\S[^\r\n]*)")


def read_documents(
    sources: Iterable[str | Path], mime: str | None = None, *, sheet_layout: SheetLayout = "rows"
) -> list[Document]:
    """The documents in ``sources``: one for each file, each text file and PDF file of a folder (by path), and standard
    input ("-").

    The title of a Markdown file is its first heading, that of a web page its title element. A web page may be in the
    encoding that it names. Hidden files and folders are skipped.

    A file ending in .jsonl has one document a line: an object with "text", and optionally "id", "title", "metadata". A
    workbook (.xlsx, .ods; extra ``sheets``) has one document a sheet, see :func:`ragzip.files.sheets.read_sheets`. A
    PDF file (extra ``pdf``) is one document, see :func:`ragzip.files.pdf.pdf_document`. Folders are searched for text
    files and PDF files alone; those in them that turn out to be binary, or PDF files that cannot be read, are skipped,
    with a warning in the log that names them.

    :param mime: the media type of all of them, such as "text/csv"; a .jsonl file is then one document, too. None: by
        the endings of their names, and what is in them.
    :param sheet_layout: of workbooks, see :func:`ragzip.files.sheets.read_sheets`.
    :raises InputError: a path that does not exist, is no UTF-8 text, or a folder without text files; of a
        folder with PDF files alone, why the first one cannot be read.
    :raises MissingExtraError: a workbook without the extra ``sheets``, or a PDF file without the extra ``pdf``.
    """
    documents: list[Document] = []
    skipped: list[Path] = []
    unread: list[RagzipError] = []  # PDF files of folders
    for file, is_named in _found_files(sources):
        try:
            if file is not None and not is_named and mime != PDF_MIME and _is_binary(file):
                skipped.append(file)
                continue
            if file is not None and not is_named and file.suffix.lower() == PDF_ENDING:
                if mime in (None, PDF_MIME):
                    documents.extend(_pdf_in_folder(file, unread))
                continue
            documents.extend(
                [_document("-", _standard_input(), mime)] if file is None else _read(file, mime, sheet_layout)
            )
        except OSError as error:
            raise InputError(f"{file}: could not be read ({error}), expected {_EXPECTED_SOURCES}.") from error
    if skipped:
        _log.warning("skipped, as they are binary: %s", ", ".join(map(str, skipped)))
    if unread and not documents:
        raise unread[0]
    if unread:
        reasons = dict.fromkeys(str(error) for error in unread)  # one for all of them where the extra is missing
        _log.warning("skipped, %d PDF files: %s", len(unread), " ".join(reasons))
    return documents


def document_files(sources: Iterable[str | Path]) -> Iterator[Path | None]:
    """The files that :func:`read_documents` reads for ``sources``, in order; None is standard input.

    :raises InputError: as :func:`read_documents`, for a path.
    """
    return (file for file, _ in _found_files(sources))


def _found_files(sources: Iterable[str | Path]) -> Iterator[tuple[Path | None, bool]]:
    """The files of :func:`document_files`, each with whether it was named itself, or found in a folder."""
    if isinstance(sources, (str, Path)):
        sources = [sources]
    for source in item_list(sources, "sources", (str, Path), expected=_EXPECTED_SOURCES, error=InputError):
        if str(source) == "-":
            yield None, True
            continue
        if not str(source).strip():
            raise InputError(f"received an empty file name, expected {_EXPECTED_SOURCES}.")
        if str(source).startswith(("http://", "https://")):
            raise InputError(
                f"{source}: addresses are not fetched, expected {_EXPECTED_SOURCES}. Save the page to a file first."
            )
        source_path = path_of(source, "file name", expected=_EXPECTED_SOURCES, error=InputError)
        try:
            for file in _files(source_path):
                yield file, file == source_path
        except OSError as error:
            raise InputError(f"{source_path}: could not be read ({error}), expected {_EXPECTED_SOURCES}.") from error


def _files(path: Path) -> list[Path]:
    """The file at ``path``, or the text files and PDF files in that folder, sorted."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_read(file.relative_to(path)) and file.is_file())
        if not files:
            raise InputError(
                f"{path}: received a folder without text files, expected some ({', '.join(sorted(_read_endings()))})."
            )
        return files
    if not path.exists():
        raise InputError(f"{path}: received a path with no such file or folder, expected {_EXPECTED_SOURCES}.")
    return [path]


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("-: received a standard input that is closed, expected text there, or the name of a file.")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(f"-: standard input could not be read ({error}), expected text.") from error


def _read_endings() -> frozenset[str]:
    """The endings of the files that are read of a folder."""
    return text_endings() | {PDF_ENDING}


def _is_read(path: Path) -> bool:
    """Whether ``path`` ends like a text file or a PDF file, is not one of ragzip's own, and neither it nor its folders
    are hidden.
    """
    if path.name == MANIFEST_NAME:
        return False
    return path.suffix.lower() in _read_endings() and not any(part.startswith(".") for part in path.parts)


def _is_binary(file: Path) -> bool:
    """Whether a file holds no text, although it is called like one; a PDF file holds some."""
    with file.open("rb") as opened:
        head = opened.read(_MAX_HEAD_BYTES)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, PDF_SIGNATURE)):
        return False
    return b"\0" in head or binary_format_of(head[:8]) is not None


def _pdf_in_folder(file: Path, unread: list[RagzipError]) -> Iterator[Document]:
    """The document of a PDF file; none where it cannot be read, for the reason that is added to ``unread``."""
    try:
        yield pdf_document(str(file), file.read_bytes())
    except (InputError, MissingExtraError) as error:
        unread.append(error)


def _read(path: Path, mime: str | None, sheet_layout: SheetLayout) -> Iterator[Document]:
    if mime is None and path.suffix.lower() in ENDINGS_OF_SHEETS:
        yield from read_sheets(path, layout=sheet_layout)
        return
    if mime is not None or path.suffix.lower() != ".jsonl":
        yield _document(str(path), path.read_bytes(), mime)
        return
    for place, row in rows(path):
        if row.get("text") is None:
            names = ", ".join(map(str, row)) or "nothing"
            raise InputError(
                f"{place}: has {names}, expected text. For rows of questions use ragzip batch, or --mime "
                "application/x-ndjson to read it as one text."
            )
        yield Document(
            place if row.get("id") is None else str(row["id"]),
            text_of(row, place, "text"),
            title=row.get("title"),
            metadata=row.get("metadata") or {},
        )


def _document(name: str, data: bytes, mime: str | None) -> Document:
    if mime == PDF_MIME or (mime is None and data.startswith(PDF_SIGNATURE)):
        return pdf_document(name, data)
    mime = mime or MIMES_OF_PAGES.get(ending_of(name)) or mime_of(name)
    text = _text(name, _as_utf8(data) if is_mime_of_page(mime) else data)
    return Document(name, text, title=_title(name, text, mime), mime=mime)


def _title(name: str, text: str, mime: str) -> str | None:
    """The title of a web page or a Markdown file, None without one."""
    if is_mime_of_page(mime):
        element = _TITLE_OF_PAGE.search(text[:_MAX_TITLE_PLACE])
        return " ".join(unescape(element.group(1)).split()) or None if element else None
    heading = _FIRST_HEADING.match(text) if name.endswith((".md", ".markdown")) else None
    return heading.group(1) if heading else None


def _as_utf8(page: bytes) -> bytes:
    """A page in UTF-8, decoded from the encoding that it names; unchanged where it names none, or a wrong one."""
    charset = _CHARSET_OF_PAGE.search(page[:2048])
    try:
        return page.decode(charset.group(1).decode("ascii")).encode() if charset else page
    except (LookupError, UnicodeDecodeError):
        return page


def _text(name: str, data: bytes) -> str:
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not is_utf16 and (received := binary_format_of(data[:8])):
        raise InputError(
            f"{name}: received {received.name}, expected text. Extract it first, for example: {received.command} {name}"
        )
    try:
        return data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        if not is_utf16 and b"\0" in data[:_MAX_HEAD_BYTES]:
            raise InputError(f"{name}: received a binary file, expected text.") from None
        raise InputError(
            f"{name}: received bytes that are not UTF-8 at offset {error.start}, expected text. Convert it first, "
            f"for example: iconv -f latin1 -t utf-8 {name}"
        ) from None
