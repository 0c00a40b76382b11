"""Tables, cells and marked parts of Markdown pages."""


def table(columns, rows):
    """A table; the names of columns that hold figures begin with "#", and are set right.

    Rows hold texts, numbers, or None for an empty cell.
    """
    marks = ["---:" if column.startswith("#") else "---" for column in columns]
    lines = [_row(column.removeprefix("#") for column in columns), _row(marks), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells):
    return "| " + " | ".join("" if cell is None else str(cell) for cell in cells) + " |"


def interval_cell(value, missing="–"):
    """A mean with its interval."""
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]" if value else missing


def signed_cell(value):
    """A difference with its interval."""
    return f"{value['mean']:+.3f} [{value['low']:+.3f}, {value['high']:+.3f}]" if value else ""


def section(title, *parts):
    """A heading with what stands under it, a blank line between the parts."""
    return "\n\n".join([f"### {title}", *parts]) + "\n"


def replace_part(page, begin, end, text):
    """Write ``text`` between two marks of a page."""
    content = page.read_text("utf-8")
    head, tail = content.split(begin)[0], content.split(end)[1]
    page.write_text(f"{head}{begin}\n\n{text}\n{end}{tail}", "utf-8")
