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
from nba_pipeline.table import Table

# Above this share of unreadable files a batch is not written: the source changed, or a scrape broke.
TOLERATED_SHARE = 0.2

_NAMED = 50
_DAY = "day of the file"
_SNAPSHOT = "snapshot_ts"


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

    `older` gives the scrape before a file, if there is one: it is taken where the file is unreadable, so that a broken
    scrape costs no row that was good before. Raises TooManyBadFiles, with the list, where more than 20 % of the files
    are unreadable.
    """
    taken: list[tuple[SourceFile, Parsed]] = []
    failed: list[Failure] = []
    for newest in files:
        file: SourceFile | None = newest
        while file is not None:
            try:
                taken.append((file, source.parse(file.content)))
                break
            except BadPayload as error:
                failed.append(Failure(file.name, file.generation, error.position, error.reason))
                file = older(file)
    count = len(taken) + len(failed)
    if len(failed) > TOLERATED_SHARE * count:
        raise TooManyBadFiles(source.FEED, failed, count)
    if not taken:
        return Batch(frames.empty(source.TABLE), 0, [], [])
    rows, rejected = _rows(source, *zip(*taken, strict=True))
    return Batch(_newest_rows(source.TABLE, rows), count, failed, rejected)


def _rows(source: Source, files: Sequence[SourceFile], parsed: Sequence[Parsed]) -> tuple[pd.DataFrame, list[Failure]]:
    """The rows of all files with their lineage, and what else the files hold."""
    origin = np.repeat(np.arange(len(files)), [len(part.positions) for part in parsed])
    positions = list(chain.from_iterable(part.positions for part in parsed))
    rows, unclean = source.clean(_joined(parsed))
    lineage = _lineage(source, files, origin[rows.index])
    rows, misfits = _fitting(source.TABLE, _told(rows, lineage))
    rejected = [
        (file, item.position, item.reason) for file, part in zip(files, parsed, strict=True) for item in part.rejected
    ]
    rejected += [(files[origin[row.label]], positions[row.label], row.reason) for row in (*unclean, *misfits)]
    return rows, [Failure(file.name, file.generation, position, reason) for file, position, reason in rejected]


def _joined(parsed: Sequence[Parsed]) -> pd.DataFrame:
    columns = {name: list(chain.from_iterable(part.columns[name] for part in parsed)) for name in parsed[0].columns}
    return pd.DataFrame(columns, dtype=object)


def _lineage(source: Source, files: Sequence[SourceFile], origin: np.ndarray) -> dict[str, Any]:
    """What the files say beside their content, for the rows that come from the files numbered `origin`.

    A placeholder of the feed's names that is called like a column of the table fills it, the date its day, and the
    scrape's time `snapshot_ts`, the moment a row is true of.
    """
    feed = source.FEED
    fields = pd.DataFrame([feed.fields(file.name) for file in files], columns=list(feed.placeholders), dtype="string")
    named = {name: fields[name].to_numpy()[origin] for name in feed.placeholders if name in source.TABLE.column_names}
    days = pd.to_datetime(fields["date"] if "date" in fields else pd.Series([None] * len(files)))
    stamps = pd.DatetimeIndex([feed.scraped_at(file.name) or file.updated for file in files])
    day = source.TABLE.day_column
    return {
        **named,
        **({day: days.to_numpy()[origin]} if day else {}),
        **({_SNAPSHOT: stamps[origin]} if _SNAPSHOT in source.TABLE.column_names else {}),
        "source_object": np.array([file.name for file in files], dtype=object)[origin],
        "source_generation": np.array([file.generation for file in files])[origin],
        "scraped_at": stamps[origin],
        _DAY: days.to_numpy()[origin],
    }


def _told(rows: pd.DataFrame, lineage: dict[str, Any]) -> pd.DataFrame:
    """`rows` with `lineage` in the columns they lack. Some files say what moment they are of and others do not."""
    lacking = {name: values for name, values in lineage.items() if name not in rows}
    if _SNAPSHOT in rows:
        lacking[_SNAPSHOT] = rows[_SNAPSHOT].fillna(pd.Series(lineage[_SNAPSHOT], rows.index))
    return rows.assign(**lacking)


def _fitting(table: Table, rows: pd.DataFrame) -> Cleaned:
    """`rows` without those that would spoil the whole write: of another day than their file, or twice in it."""
    misplaced: list[RejectedRow] = []
    if day := table.day_column:
        elsewhere = rows[_DAY].notna() & (rows[day] != rows[_DAY])
        rows, misplaced = reject(rows, elsewhere, f"{day} is not the day in the object's name")
    repeated_key = rows.duplicated([*table.key, "source_object", "source_generation"], keep="last")
    rows, repeated = reject(rows, repeated_key, "its key stands again further down")
    return rows, [*misplaced, *repeated]


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
