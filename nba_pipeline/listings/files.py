"""Which files could not be taken, or rows of them, and why: nba_orchestration.failed_files, a line per file."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.console import RenderableType

from nba_pipeline import catalog, frames
from nba_pipeline.bigquery.connection import connected
from nba_pipeline.bigquery.reader import TableMissing, read
from nba_pipeline.errors import UserError
from nba_pipeline.game_days import EASTERN, FIRST_GAME_DAY, today
from nba_pipeline.orchestration.failed_files import TABLE
from nba_pipeline.settings import Settings
from nba_pipeline.terminal import grid

_FILE = ["table_name", "source_object", "source_generation"]


class UnknownFeed(UserError):
    """No feed has the name that was asked for."""


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file with the places in it that could not be taken, each with what is wrong there.

    `noted_at` is when the run `run_id` saw it last; a newer generation of the object is another file.
    """

    file_date: dt.date
    table_name: str
    source_object: str
    source_generation: int
    places: list[dict[str, str]]
    run_id: str
    noted_at: dt.datetime


def failed_files(current: Settings, date: dt.date | None = None, feed: str = "", table: str = "") -> list[FailedFile]:
    """The files of `date`, of all days where that is None, that were seen last first.

    `feed` and `table` (with or without its dataset) keep those of one. Raises UnknownFeed.
    """
    tables = _tables_of(feed) if feed else None
    rows = _read(current, date or FIRST_GAME_DAY, date or today() + dt.timedelta(days=1))
    if tables is not None:
        rows = rows[rows["table_name"].isin(tables)]
    if table:
        rows = rows[(rows["table_name"] == table) | rows["table_name"].str.endswith(f".{table}")]
    files = [_file(places) for _, places in rows.groupby(_FILE)]
    return sorted(files, key=lambda file: (file.noted_at, file.source_object), reverse=True)


def listing(files: Sequence[FailedFile], detailed: bool, title: str) -> RenderableType:
    """`files` as they are printed: a line each, or one for each place where `detailed`."""
    headings = ("day", "table", "file", "generation", "place", "what is wrong", "run", "seen")
    lines = [line for file in files for line in (_every_place(file) if detailed else [_first_place(file)])]
    return grid(headings, lines, title)


def _read(current: Settings, first: dt.date, last: dt.date) -> pd.DataFrame:
    """The rows of failed_files about these days; none before the first file failed."""
    with connected(current) as connection:
        try:
            return read(connection.reader, current.project, TABLE, first, last)
        except TableMissing:
            return frames.empty(TABLE)


def _tables_of(feed: str) -> list[str]:
    found = [str(table) for known, tables in catalog.feeds().items() for table in tables if known.name == feed]
    if not found:
        names = ", ".join(sorted(known.name for known in catalog.feeds()))
        raise UnknownFeed(f"{feed} is no feed of the pipeline; there are {names}")
    return found


def _file(places: pd.DataFrame) -> FailedFile:
    places = places.sort_values("position")
    newest = places.loc[places["noted_at"].idxmax()]
    return FailedFile(
        file_date=newest["file_date"].date(),
        table_name=newest["table_name"],
        source_object=newest["source_object"],
        source_generation=int(newest["source_generation"]),
        places=places[["position", "reason"]].to_dict("records"),
        run_id=newest["run_id"],
        noted_at=newest["noted_at"],
    )


def _first_place(file: FailedFile) -> list[Any]:
    more = len(file.places) - 1
    return _line(file, file.places[0], f" and {more} more" if more else "")


def _every_place(file: FailedFile) -> list[list[Any]]:
    return [_line(file, place) for place in file.places]


def _line(file: FailedFile, place: dict[str, str], more: str = "") -> list[Any]:
    return [
        file.file_date,
        file.table_name,
        file.source_object,
        str(file.source_generation),
        place["position"] + more,
        place["reason"],
        file.run_id[:8],
        f"{file.noted_at.astimezone(EASTERN):%Y-%m-%d %H:%M}",
    ]
