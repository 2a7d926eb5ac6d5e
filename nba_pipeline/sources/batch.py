"""Batches: many files of one feed become one frame, bad files counted and listed, none of them lost in silence."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.sources.feed import Feed
from nba_pipeline.sources.payload import BadPayload, Cleaned, Parsed, RejectedRow, reject
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table

# Above this share of unreadable files a batch is not written: the source changed, or a scrape broke.
TOLERATED_SHARE = 0.2

_NAMED = 50
# Stands for the table's day, whatever that is called.
_DAY = "day"
_SNAPSHOT = "snapshot_ts"

# The columns that placeholders belong in which are not called like them, or are written otherwise there.
_READINGS: dict[str, tuple[str, Callable[[pd.Series], pd.Series]]] = {
    "date": (_DAY, pd.to_datetime),
    "season": ("season_year", lambda seasons: seasons.str[:4].astype("int64")),
    "team_abbr": ("team_abbr", team_abbr),
    "game_code": ("game_code", lambda codes: codes.str.replace("-", "/")),
}


class Source(Protocol):
    """What a module of `sources/` is."""

    FEED: Feed
    TABLE: Table

    def parse(self, content: bytes) -> Parsed:
        """What one object holds; raises BadPayload where it is no such object."""

    def clean(self, values: pd.DataFrame) -> Cleaned:
        """Rows of TABLE without lineage, out of what any number of objects hold, and the rows that are none."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An object of a feed as it was read. `updated` is when it was written: the scrape's time where names have none."""

    name: str
    generation: int
    content: bytes
    updated: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a row of one, that could not be taken."""

    object: str
    generation: int
    position: str
    reason: str


class TooManyBadFiles(RuntimeError):
    """So many files of a batch are unreadable that writing the rest would pass for the whole; `failures` lists them."""

    def __init__(self, feed: Feed, failures: Sequence[Failure], count: int) -> None:
        super().__init__(_too_many(feed, failures, count))
        self.failures = failures


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of all readable files, with `scraped_at` and `source_object`, and what failed."""

    rows: pd.DataFrame
    files: int
    failed_files: Sequence[Failure]
    rejected_rows: Sequence[Failure]

    @property
    def failures(self) -> list[Failure]:
        """All that could not be taken."""
        return [*self.failed_files, *self.rejected_rows]


def scrapes(feed: Feed, names: Iterable[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    """(Object name, generation) pairs put together by what they are about, the newest scrape first in each group.

    Objects whose names differ in nothing but the stamp, or the file's own name where they have none, are about the
    same. Equal stamps go by generation. Raises ForeignObject for a name that is not the feed's.
    """
    groups: dict[tuple[str, ...], list[tuple[str, int, str]]] = {}
    for name, generation in names:
        fields = feed.fields(name)
        stamped = fields.pop("ts", "")
        fields.pop("file", None)
        groups.setdefault(tuple(fields.values()), []).append((stamped, generation, name))
    return [
        [(name, generation) for _, generation, name in sorted(group, reverse=True)]
        for _, group in sorted(groups.items())
    ]


def collect(
    source: Source,
    files: Iterable[SourceFile],
    older: Callable[[SourceFile], SourceFile | None] = lambda _: None,
) -> Batch:
    """Parses `files` into one frame of the source's table; of rows with one key the newest scrape's stays.

    `older` gives the scrape before a file, if there is one: it is taken where the file is unreadable, or about
    something else than its name says, so that a broken scrape costs no row that was good before. Raises
    TooManyBadFiles, with the list, where more than 20 % of the files are such.
    """
    taken, failed = _readable(source, files, older)
    rows, rejected, strays = _rows(source, taken)
    while strays:
        before = [older(taken[number][0]) for number in strays]
        stand_ins, unreadable = _readable(source, filter(None, before), older)
        taken = [pair for number, pair in enumerate(taken) if number not in strays] + stand_ins
        failed += [*strays.values(), *unreadable]
        rows, rejected, strays = _rows(source, taken)
    count = len(taken) + len(failed)
    if len(failed) > TOLERATED_SHARE * count:
        raise TooManyBadFiles(source.FEED, failed, count)
    return Batch(_newest_rows(source.TABLE, rows), count, failed, rejected)


def _readable(
    source: Source, files: Iterable[SourceFile], older: Callable[[SourceFile], SourceFile | None]
) -> tuple[list[tuple[SourceFile, Parsed]], list[Failure]]:
    """Of each file the newest scrape that can be read, parsed, and the failures of those that can not."""
    taken, failed = [], []
    for newest in files:
        file: SourceFile | None = newest
        while file is not None:
            try:
                taken.append((file, source.parse(file.content)))
                break
            except BadPayload as error:
                failed.append(Failure(file.name, file.generation, error.position, error.reason))
                file = older(file)
    return taken, failed


def _rows(
    source: Source, taken: Sequence[tuple[SourceFile, Parsed]]
) -> tuple[pd.DataFrame, list[Failure], dict[int, Failure]]:
    """The rows of all files with their lineage, what else the files hold, and the files of which nothing fits the name.

    These are given by their numbers, each with the first thing that does not fit.
    """
    if not taken:
        return frames.empty(source.TABLE), [], {}
    files, parsed = zip(*taken, strict=True)
    origin = np.repeat(np.arange(len(files)), [len(part.positions) for part in parsed])
    positions = list(chain.from_iterable(part.positions for part in parsed))
    rows, unclean = source.clean(_joined(parsed))
    from_files = origin[rows.index]
    told = rows.assign(**_lineage(source, files, from_files, rows))
    rows, misnamed = _as_named(source, told, _named(source, files, from_files, rows.index))
    rows, repeated = _once_a_file(source.TABLE, rows)

    def failure(row: RejectedRow) -> Failure:
        file = files[origin[row.label]]
        return Failure(file.name, file.generation, positions[row.label], row.reason)

    rejected = [
        Failure(file.name, file.generation, item.position, item.reason)
        for file, part in taken
        for item in part.rejected
    ]
    rejected += map(failure, (*unclean, *misnamed, *repeated))
    fitting = set(origin[rows.index])
    strays = {origin[row.label]: failure(row) for row in reversed(misnamed) if origin[row.label] not in fitting}
    return rows, rejected, strays


def _joined(parsed: Sequence[Parsed]) -> pd.DataFrame:
    columns = {name: list(chain.from_iterable(part.columns[name] for part in parsed)) for name in parsed[0].columns}
    return pd.DataFrame(columns, dtype=object)


def _lineage(source: Source, files: Sequence[SourceFile], origin: np.ndarray, rows: pd.DataFrame) -> dict[str, Any]:
    """Where `rows` come from, which are of the files numbered `origin`.

    `snapshot_ts`, the moment a row is true of, is the scrape's time where the file does not tell it.
    """
    stamps = pd.DatetimeIndex([source.FEED.scraped_at(file.name) or file.updated for file in files])[origin]
    lineage = {
        "source_object": np.array([file.name for file in files], dtype=object)[origin],
        "source_generation": np.array([file.generation for file in files])[origin],
        "scraped_at": stamps,
    }
    if _SNAPSHOT in source.TABLE.column_names:
        moments = pd.Series(stamps, rows.index)
        lineage[_SNAPSHOT] = rows[_SNAPSHOT].fillna(moments) if _SNAPSHOT in rows else moments
    return lineage


def _named(source: Source, files: Sequence[SourceFile], origin: np.ndarray, index: pd.Index) -> pd.DataFrame:
    """What the names of the files numbered `origin` say of the rows `index`, by the columns that it belongs in."""
    table, placeholders = source.TABLE, list(source.FEED.placeholders)
    fields = pd.DataFrame([source.FEED.fields(file.name) for file in files], columns=placeholders, dtype="string")
    named = {}
    for placeholder in placeholders:
        called, read = _READINGS.get(placeholder, (placeholder, lambda values: values))
        column = table.day_column if called == _DAY else called
        if column in table.column_names:
            named[column] = read(fields[placeholder]).to_numpy()[origin]
    return pd.DataFrame(named, index)


def _as_named(source: Source, rows: pd.DataFrame, named: pd.DataFrame) -> Cleaned:
    """`rows` with what the names of their files say where they do not, without those that say something else.

    A snapshot may be of all events of a moment; it is named after one of them.
    """
    rejected = []
    for column in named:
        name = named[column].loc[rows.index]
        rows = rows.assign(**{column: rows[column].where(rows[column].notna(), name) if column in rows else name})
        fits = rows[column].eq(name).fillna(False)
        if source.FEED.holds == "snapshot" and column != source.TABLE.day_column:
            fits = fits.groupby([rows["source_object"], rows["source_generation"]]).transform("any")
        rows, found = reject(rows, ~fits, f"{column} is not the one in the object's name")
        rejected += found
    return rows, rejected


def _once_a_file(table: Table, rows: pd.DataFrame) -> Cleaned:
    repeated = rows.duplicated([*table.key, "source_object", "source_generation"], keep="last")
    return reject(rows, repeated, "its key stands again further down")


def _newest_rows(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    newest_last = rows.sort_values("scraped_at", kind="stable")
    return frames.typed(table, newest_last.drop_duplicates(list(table.grain), keep="last"))


def _too_many(feed: Feed, failed: Sequence[Failure], count: int) -> str:
    listed = "\n".join(f"  {f.object} (generation {f.generation}): {f.reason} at {f.position}" for f in failed[:_NAMED])
    more = f"\n  and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return (
        f"{len(failed)} of {count} files of {feed.name} are unreadable, more than {TOLERATED_SHARE:.0%}: nothing was "
        f"written. Scrape them again or remove them, then run the partitions again:\n{listed}{more}"
    )
