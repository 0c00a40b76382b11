"""The log of slow queries of MySQL: records that begin with comments, "# Time: …", "# User@Host: …", "# Query_time: …",
with the statements below.
"""

from __future__ import annotations

import re

from ragzip.text.lazy_patterns import pattern_of

__all__ = ["SLOW_QUERY", "slow_query_reading"]

SLOW_QUERY = pattern_of(r"^(?:# Time: ([^\n]{1,60})\n|())# User@Host: (?=[^\n]*\n# Query_time: )", re.MULTILINE)
_FIGURE = pattern_of(r"(?<= )([A-Z]\w{0,30}_\w{1,30}): (\d[\d.]*)")


def slow_query_reading(record: str) -> str:
    """A record as it is read: "Query_time: 3.1, Rows_sent: 1, SELECT …"."""
    comments = [line for line in record.split("\n") if line.startswith("# ")]
    statements = [line for line in record.split("\n") if not line.startswith("# ")]
    figures = [f"{name}: {value}" for line in comments for name, value in _FIGURE.findall(line)]
    return ", ".join([*figures, " ".join(statements)])
