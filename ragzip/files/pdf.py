"""PDF files as documents: the text layer in reading order, as Markdown.

The characters and their places are read by pdfminer.six (MIT); what makes paragraphs, columns, tables, headings and
captions of them is in :mod:`ragzip.files.pdf_layout`. Pictures are not read, and nothing is recognised from them.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from ragzip.checks import path_of, shown
from ragzip.errors import InputError, OptionError, is_exit, needs_extra, reason_of
from ragzip.files.pdf_layout import paper_of
from ragzip.files.pdf_lines import PageLines, Rule, TextLine
from ragzip.files.pdf_parts import line_parts
from ragzip.process import deadline
from ragzip.text.lazy_patterns import pattern_of
from ragzip.types import Document

__all__ = ["PAPER_MIME", "PDF_ENDING", "PDF_MIME", "PDF_SIGNATURE", "pdf_document", "read_pdf"]

PDF_ENDING = ".pdf"
PDF_MIME = "application/pdf"
PDF_SIGNATURE = b"%PDF-"
PAPER_MIME = "text/x-paper"  # of the Markdown, with captions that belong to the paragraphs that refer to them
_FIXED_FONT = pattern_of(r"(?i)courier|mono|consol|menlo|typewriter|cmtt|txtt|nimbusmonl")
_MIN_FIXED_SHARE = 0.75  # of the signs of a line of code: < and > are often of a font for formulas
MAX_BYTES = 2**28
MAX_PAGES = 5000
MAX_PAGE_CHARACTERS = 200_000
MAX_PAGE_LINES = 10_000
MAX_PAGE_RULES = 20_000
_MAX_RULE_WIDTH = 3.0  # points
_MAX_UNREADABLE_SHARE = 0.3  # of glyphs whose characters the file does not tell

# what pdfminer says of damaged fonts goes to the handlers of the caller, and not to standard error without one
logging.getLogger("pdfminer").addHandler(logging.NullHandler())


def read_pdf(path: str | Path, *, password: str = "") -> Document:
    """The document of a PDF file; see :func:`pdf_document`.

    :raises InputError: no such file, or as :func:`pdf_document`.
    :raises MissingExtraError: pdfminer.six is not installed.
    """
    file = path_of(path, "path", expected="that of a PDF file", error=InputError)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: could not be read ({error}), expected a PDF file.") from error
    return pdf_document(str(path), data, password=password)


def pdf_document(name: str, data: bytes, *, password: str = "") -> Document:
    """The document of the PDF file ``data``, with its headings, tables, captions and lists in Markdown.

    Its title is that of the file's properties, or else the largest line of the first page. ``metadata["pages"]`` has
    the offset in the text at which each page begins, so that the place of a kept span tells its page;
    ``metadata["pages_without_text"]``, where there are any, the numbers (from 1) of those that have pictures alone.

    :raises InputError: no PDF file, a damaged or encrypted one, one without a text layer, or one of over 256 MiB, 5,000
        pages, 200,000 characters or 10,000 lines a page.
    :raises MissingExtraError: pdfminer.six is not installed.
    """
    if not isinstance(data, bytes):
        raise InputError(f"{name}: received {shown(data)}, expected the bytes of a PDF file.")
    if not isinstance(password, str):
        raise OptionError(f"password: received a {type(password).__name__}, expected a text.")
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: received a PDF file of {len(data):,} bytes, expected at most {MAX_BYTES:,}.")
    with needs_extra("pdf", "pdfminer.six"):
        import pdfminer.high_level  # noqa: F401
    try:
        title, pages = _read(name, data, password)
        paper = paper_of(pages)
    except InputError:
        raise
    except BaseException as error:  # errors of many types, of a damaged file
        if is_exit(error):
            raise
        raise InputError(f"{name}: could not be read ({reason_of(error)}), expected a PDF file.") from error
    empty = [number for number, page in enumerate(pages, 1) if not page.lines]
    if len(empty) == len(pages):
        raise InputError(
            f"{name}: received a PDF file without text ({len(pages)} pages of pictures), expected a text layer. Add "
            f"one first, for example: ocrmypdf {name} {name}"
        )
    metadata: dict[str, Any] = {"pages": list(paper.page_starts)}
    if empty:
        metadata["pages_without_text"] = empty
    return Document(name, paper.text, title=title or paper.title, mime=PAPER_MIME, metadata=metadata)


def _read(name: str, data: bytes, password: str) -> tuple[str | None, list[PageLines]]:
    """The title in the properties of a file, and the lines of its pages."""
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect, PDFTextExtractionNotAllowed
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)), password)
    except (PDFPasswordIncorrect, PDFTextExtractionNotAllowed) as error:
        raise InputError(
            f"{name}: received an encrypted PDF file, expected its password: read_pdf(path, password=…). On the "
            f"command line, write one without a password first: qpdf --decrypt --password=… {name} open.pdf"
        ) from error
    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=LAParams(boxes_flow=None, detect_vertical=False))
    interpreter = PDFPageInterpreter(resources, device)
    pages: list[PageLines] = []
    for page in PDFPage.create_pages(document):
        deadline.check()
        if len(pages) >= MAX_PAGES:
            raise InputError(f"{name}: received a PDF file of over {MAX_PAGES:,} pages, expected fewer. Split it.")
        interpreter.process_page(page)
        layout = device.get_result()
        across, down = _rules(layout)
        lines = [line for line in _lines(layout, layout.height, down) if line.text]
        _check_page(name, len(pages) + 1, lines)
        pages.append(PageLines(layout.width, layout.height, tuple(lines), tuple(across), tuple(down)))
    if not pages:
        raise InputError(f"{name}: received a PDF file without pages, expected some.")
    return _title(document.info), pages


def _check_page(name: str, number: int, lines: list[TextLine]) -> None:
    characters = sum(len(line.text) for line in lines)
    if characters > MAX_PAGE_CHARACTERS:
        raise InputError(
            f"{name}: received {characters:,} characters on page {number}, expected at most {MAX_PAGE_CHARACTERS:,}."
        )
    if len(lines) > MAX_PAGE_LINES:
        raise InputError(
            f"{name}: received {len(lines):,} lines on page {number}, expected at most {MAX_PAGE_LINES:,}."
        )
    unreadable = sum(line.text.count("(cid:") for line in lines)
    if unreadable > _MAX_UNREADABLE_SHARE * max(1, characters - 6 * unreadable):
        raise InputError(
            f"{name}: page {number} has glyphs whose characters the file does not tell, expected a text layer that can "
            "be read. Make one first, for example: ocrmypdf --force-ocr"
        )


def _lines(item: Any, height: float, down: Sequence[Rule]) -> Iterator[TextLine]:
    """The lines of text in a layout object, those of its parts included. ``down`` are the rules that part cells."""
    from pdfminer.layout import LTChar, LTTextLineHorizontal

    if isinstance(item, LTTextLineHorizontal):
        characters = [part for part in item if isinstance(part, LTChar)]
        if characters and all(character.upright for character in characters):
            yield from _parts_of_line(item, characters, height, down)
        return
    try:
        parts = iter(item)
    except TypeError:  # a line or a rectangle, without parts
        return
    for part in parts:
        yield from _lines(part, height, down)


def _parts_of_line(item: Any, characters: Sequence[Any], height: float, down: Sequence[Rule]) -> Iterator[TextLine]:
    """The texts that stand on one line of the layout, between rules and wide blanks."""
    middle = height - (item.y0 + item.y1) / 2
    size = median(character.size for character in characters)
    fixed = sum(_FIXED_FONT.search(character.fontname) is not None for character in characters)
    is_fixed = fixed > _MIN_FIXED_SHARE * len(characters)
    rules = [rule for rule in down if item.x0 < rule.place < item.x1 and rule.start < middle < rule.end]
    for part in line_parts(list(item), size, rules, is_fixed):
        bold = sum("bold" in character.fontname.lower() for character in part.characters)
        sizes = sorted(character.size for character in part.characters)
        yield TextLine(
            min(character.x0 for character in part.characters), height - item.y1,
            max(character.x1 for character in part.characters), height - item.y0, part.text,
            sizes[len(sizes) // 2], 2 * bold > len(part.characters), is_fixed, part.blank,
        )  # fmt: skip


def _rules(layout: Any) -> tuple[list[Rule], list[Rule]]:
    """The straight lines and the sides of the rectangles that are drawn on a page: those across, and those down."""
    from pdfminer.layout import LTLine, LTRect

    across: list[Rule] = []
    down: list[Rule] = []
    for shape in layout:
        if not isinstance(shape, LTLine | LTRect) or len(across) > MAX_PAGE_RULES:
            continue
        left, right, top, bottom = shape.x0, shape.x1, layout.height - shape.y1, layout.height - shape.y0
        is_thin = min(right - left, bottom - top) < _MAX_RULE_WIDTH
        if not (is_thin or shape.stroke):  # the colour behind a text
            continue
        if right - left >= _MAX_RULE_WIDTH:
            across += [Rule(top, left, right), Rule(bottom, left, right)]
        if bottom - top >= _MAX_RULE_WIDTH:
            down += [Rule(left, top, bottom), Rule(right, top, bottom)]
    return across, down


def _title(properties: Any) -> str | None:
    """The title in the properties of a file; None where it says nothing, as the name of a file does."""
    from pdfminer.utils import decode_text

    for entry in properties:
        value = entry.get("Title")
        title = " ".join(decode_text(value).split()) if isinstance(value, bytes) else ""
        if len(title.split()) > 1 and not title.lower().endswith((".doc", ".docx", ".tex", ".dvi", ".indd")):
            return title
    return None
