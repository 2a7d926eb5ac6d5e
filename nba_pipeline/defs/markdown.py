"""Text for Dagster's UI, which shows Markdown. What stands in it comes from files: it is shown and is no markup."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from nba_pipeline.text import printable


class Link(NamedTuple):
    """A text that leads to an address; `url` is quoted as links.py gives it."""

    text: str
    url: str


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table of `rows` as plain text and Links, a line each whatever they hold."""
    lines = [headings, ["---"] * len(headings), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(lines: Iterable[str]) -> str:
    """Lines as they are, a line each, in which nothing is taken for Markdown."""
    return "\n".join(["```", *(printable(line).replace("`", "'") for line in lines), "```"])


def _cell(value: object) -> str:
    return f"[{_plain(value.text)}]({value.url})" if isinstance(value, Link) else _plain(str(value))


def _plain(text: str) -> str:
    """`text` without a meaning in Markdown or HTML."""
    return re.sub(r"([\\`*\[\]|~])", r"\\\1", escape(printable(text), quote=False))
