"""What live ingest waits for, as it is printed: what `operations.status` gives."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType

from nba_pipeline.terminal import grid


def listing(status: dict[str, Any]) -> list[RenderableType]:
    """A table, or a line where there is nothing, for each of the things that live ingest may wait for."""
    return [
        _backfills(status["backfills"]),
        _some(
            "Held by hand",
            ("tables", "until (UTC)", "reason"),
            [(", ".join(one["tables"]) or "all", _minute(one["until"]), one["reason"]) for one in status["holds"]],
        ),
        _some(
            "Held after many conflicts",
            ("table", "until (UTC)"),
            [(one["table"], _minute(one["until"])) for one in status["conflicts"]],
        ),
        _waiting(status["batches"]),
    ]


def _backfills(active: Sequence[dict[str, Any]]) -> RenderableType:
    rows = [(one["name"], len(one["tables"]), one["first_day"], one["last_day"], one["days"]) for one in active]
    return _some("Backfills under way", ("backfill", "tables", "from", "to", "days"), rows)


def _waiting(batches: dict[str, Any] | None) -> RenderableType:
    if batches is None:
        return "The bucket's sensor has not looked yet."
    rows = [(one["batch"], _minute(one["since"]), one["why"]) for one in batches["waiting"]]
    title = f"Batches that wait, as of {_minute(batches['at'])} UTC"
    return _some(title, ("batch", "since (UTC)", "why"), rows, batches["count"])


def _some(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], count: int | None = None
) -> RenderableType:
    """A table of some of `count` rows, or a line that there are none."""
    return grid(headings, rows, f"{title}: {count or len(rows)}") if rows else f"{title}: none."


def _minute(moment: str) -> str:
    return f"{dt.datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
