"""Tables for Dagster's UI, which shows Markdown. What stands in them comes from files: it is shown and is no markup."""

import re
from collections.abc import Iterable, Sequence
from html import escape


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table of `rows` as plain text, a line each whatever they hold."""
    lines = [headings, ["---"] * len(headings), *([_cell(str(value)) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """`text` without a meaning in Markdown or HTML; characters that show nothing are spelled out."""
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return re.sub(r"([\\`*\[\]|~])", r"\\\1", escape(shown, quote=False))
