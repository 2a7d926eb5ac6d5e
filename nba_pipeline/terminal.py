"""What is printed to a terminal or for a script: tables of cells, and JSON.

Names of files and of holds and the words of errors come from outside. They are shown, and can not steer a terminal or
be taken for markup: every cell and every message goes through `printable`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table as Grid
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

_COLORS = {
    **dict.fromkeys(("succeeded", "predicted", "complete", "ok"), "green"),
    **dict.fromkeys(("failed", "died", "fail"), "red"),
    **dict.fromkeys(("skipped", "canceled", "not_predicted", "warn"), "yellow"),
}


def printable(text: str) -> str:
    """`text` with every character that shows nothing, but a space or a line's end, spelled out: `\\x1b`."""
    return "".join(
        character if character.isprintable() or character == "\n" else character.encode("unicode_escape").decode()
        for character in text
    )


def cell(value: object) -> Text:
    """A value as it stands in a grid, on one line: numbers with commas, NULL as nothing, a status in its colour."""
    if isinstance(value, Text):
        return value
    shown = "" if value is None else f"{value:,}" if isinstance(value, int) else printable(str(value))
    return Text(shown.replace("\n", " "), _COLORS.get(shown, ""))


def grid(headings: Iterable[str], rows: Iterable[Sequence[object]], title: str = "") -> Grid:
    """A table of `rows`; long names are broken rather than cut, so that they can be copied."""
    shown = Grid(title=Text(printable(title)) if title else None, title_justify="left")
    for heading in headings:
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(*map(cell, row))
    return shown


def records(rows: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a frame by column, NULL as None."""
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def as_json(value: Any) -> str:
    """`value` as JSON: of a frame's days the day, of moments the ISO form."""
    return json.dumps(value, indent=2, default=_plain)


def _plain(value: object) -> object:
    """What JSON has no form for. A frame holds a DATE as a midnight without a time zone."""
    if isinstance(value, dt.datetime):
        return value.isoformat() if value.tzinfo else value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)
