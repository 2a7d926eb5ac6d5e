"""Which days a backfill is for: from options or lists of failed dates, and how many runs they become."""

import csv
import datetime as dt
import itertools
import json
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from nba_pipeline.errors import UserError
from nba_pipeline.game_days import days_between

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# The longest break within a season; between seasons a new run costs less than the days of a summer.
_LONGEST_BREAK = 14


class BadDays(UserError):
    """What was given as days is none; the message says where and what is expected."""


def from_text(text: str) -> list[dt.date]:
    """The days of a comma-separated list."""
    return _days(part.strip() for part in text.split(",") if part.strip())


def from_file(path: Path) -> list[dt.date]:
    """The days that a JSON or CSV file lists, in order, each once.

    JSON: a list, or an object that holds one, of days or of objects with a `game_date` or `date`. CSV: the column
    `game_date` or `date`, or the first one of a file without a header.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = _from_json(json.loads(text)) if path.suffix == ".json" else _from_csv(text)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadDays(f"{path} can not be read as a list of days: {error}") from error
    found = _days(values, path)
    if not found:
        raise BadDays(f"{path} lists no days: expected values such as 2024-01-31, or objects with a game_date")
    return found


def bridged(days: Sequence[dt.date], game_days: Collection[dt.date]) -> list[dt.date]:
    """`days` with the days without games that lie between two of them.

    Dagster makes at least one run of each unbroken range of days, so the breaks of a season would cost a run each; a
    day without games costs nothing. Only breaks between two of the known `game_days` are filled.
    """
    chosen = set(days)
    for earlier, later in itertools.pairwise(days):
        between = days_between(earlier, later)[1:-1]
        if len(between) <= _LONGEST_BREAK and {earlier, later} <= set(game_days) and not set(between) & set(game_days):
            chosen.update(between)
    return sorted(chosen)


def runs(days: Sequence[dt.date], days_per_run: int) -> list[tuple[dt.date, ...]]:
    """The runs that Dagster makes of `days`: ranges without a break, cut after `days_per_run` days."""
    cut: list[list[dt.date]] = []
    for day in sorted(days):
        if cut and (day - cut[-1][-1]).days == 1 and len(cut[-1]) < days_per_run:
            cut[-1].append(day)
        else:
            cut.append([day])
    return [tuple(part) for part in cut]


def _days(values: Iterable[object], path: Path | None = None) -> list[dt.date]:
    return sorted({_day(value, path) for value in values})


def _day(value: object, path: Path | None) -> dt.date:
    where = f" in {path}" if path else ""
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise BadDays(f"{value!r}{where} is no day: write it as 2024-01-31")
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise BadDays(f"{value!r}{where} is no day: {error}") from error


def _from_json(content: Any) -> list[object]:
    if isinstance(content, dict):
        content = next((value for value in content.values() if isinstance(value, list)), [])
    if not isinstance(content, list):
        return [content]
    return [item.get("game_date", item.get("date")) if isinstance(item, dict) else item for item in content]


def _from_csv(text: str) -> list[object]:
    rows = [row for row in csv.reader(text.splitlines()) if row]
    header = [name.strip().lower() for name in rows[0]] if rows else []
    named = [column for column, name in enumerate(header) if name in ("game_date", "date")]
    column, body = (named[0], rows[1:]) if named else (0, rows)
    return [row[column].strip() for row in body if len(row) > column]
