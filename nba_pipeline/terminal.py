"""What is printed to a terminal or for a script: tables of cells, and JSON.

Names of files and of holds and the words of errors come from outside. They are shown, and can not steer a terminal or
be taken for markup: every cell and every message goes through `printable`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from nba_pipeline.text import printable

if TYPE_CHECKING:
    import pandas as pd

_PIPED_WIDTH = 200
_COLORS = {
    **dict.fromkeys(("succeeded", "predicted", "complete", "ok"), "green"),
    **dict.fromkeys(("failed", "died", "fail"), "red"),
    **dict.fromkeys(("skipped", "canceled", "not_predicted", "warn"), "yellow"),
}


def console(stderr: bool = False) -> Console:
    """A console; into a pipe or a file lines are as long as they are wide in a large terminal, for grep."""
    found = Console(stderr=stderr)
    return found if found.is_terminal else Console(stderr=stderr, width=max(found.width, _PIPED_WIDTH))


def message(text: str) -> str:
    """`text` as it is printed, with its lines."""
    return printable(text, kept="\n")


def cell(value: object) -> Text:
    """A value as it stands in a grid, on one line: numbers with commas, NULL as nothing, a status in its colour."""
    if isinstance(value, Text):
        return value
    if isinstance(value, int):
        return Text(f"{value:,}")
    shown = "" if value is None else printable(str(value).replace("\n", " "))
    return Text(shown, _COLORS.get(shown, ""))


def grid(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> RenderableType:
    """A table of `rows` without empty columns; long names are broken, not cut, so that they can be copied."""
    columns = zip(headings, *rows, strict=True)
    kept = [column for column in columns if any(value not in (None, "") for value in column[1:])]
    shown = Grid(box=SIMPLE_HEAD)
    for heading, *values in kept:
        shown.add_column(heading, overflow="fold", justify="right" if _are_numbers(values) else "left")
    for row in zip(*(column[1:] for column in kept), strict=True):
        shown.add_row(*map(cell, row))
    return Group(Text(printable(title)), shown) if title else shown


def _are_numbers(values: Iterable[object]) -> bool:
    return all(value is None or isinstance(value, int) for value in values)


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
