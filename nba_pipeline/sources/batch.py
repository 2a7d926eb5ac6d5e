"""Batches: many files of one feed become one frame, bad files counted and listed, none of them lost in silence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.sources.feed import Feed, ForeignObject
from nba_pipeline.sources.payload import BadPayload, Cleaned, Parsed, reject
from nba_pipeline.table import Table

# Above this share of unreadable files a batch is not written: the source changed, or a scrape broke.
TOLERATED_SHARE = 0.2

_NAMED = 50
_DAY = "day of the file"


class Source(Protocol):
    """What a module of `sources/` is."""

    FEED: Feed
    TABLE: Table

    def parse(self, content: bytes) -> Parsed:
        """What one object holds; raises BadPayload where it is no such object."""

    def clean(self, values: pd.DataFrame) -> Cleaned:
        """Rows of TABLE without lineage, out of what any number of objects hold, and the rows that are none."""


class TooManyBadFiles(RuntimeError):
    """So many files of a batch are unreadable that writing the rest would pass for the whole."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An object of a feed as it was read."""

    name: str
    generation: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a row of one, that could not be taken."""

    object: str
    generation: int
    position: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of all readable files, with `scraped_at` and `source_object`, and what failed."""

    rows: pd.DataFrame
    files: int
    failed_files: Sequence[Failure]
    rejected_rows: Sequence[Failure]


def newest(feed: Feed, names: Iterable[tuple[str, int]], by: str) -> list[tuple[str, int]]:
    """Of (object name, generation) pairs the one scraped last for each value of the placeholder `by`.

    Names that are not the feed's are left out. Equal stamps go by generation.
    """
    chosen: dict[str, tuple[str, int, str]] = {}
    for name, generation in names:
        try:
            fields = feed.fields(name)
        except ForeignObject:
            continue
        candidate = (fields["ts"], generation, name)
        chosen[fields[by]] = max(chosen.get(fields[by], candidate), candidate)
    return [(name, generation) for _, (_, generation, name) in sorted(chosen.items())]


def collect(source: Source, files: Iterable[SourceFile]) -> Batch:
    """Parses `files` into one frame of the source's table; of rows with one key the newest scrape's stays.

    Raises TooManyBadFiles, with the list, where more than 20 % of the files are unreadable.
    """
    taken: list[tuple[SourceFile, Parsed]] = []
    failed: list[Failure] = []
    for file in files:
        try:
            taken.append((file, source.parse(file.content)))
        except BadPayload as error:
            failed.append(Failure(file.name, file.generation, error.position, error.reason))
    count = len(taken) + len(failed)
    if len(failed) > TOLERATED_SHARE * count:
        raise TooManyBadFiles(_too_many(source.FEED, failed, count))
    if not taken:
        return Batch(frames.empty(source.TABLE), 0, [], [])
    rows, rejected = _rows(source, *zip(*taken, strict=True))
    return Batch(_newest_rows(source.TABLE, rows), count, failed, rejected)


def _rows(source: Source, files: Sequence[SourceFile], parsed: Sequence[Parsed]) -> tuple[pd.DataFrame, list[Failure]]:
    """The rows of all files with their lineage, and what else the files hold."""
    origin = np.repeat(np.arange(len(files)), [len(part.positions) for part in parsed])
    positions = list(chain.from_iterable(part.positions for part in parsed))
    rows, unclean = source.clean(_joined(parsed))
    rows, misfits = _fitting(source.TABLE, rows.assign(**_lineage(source.FEED, files, origin[rows.index])))
    rejected = [
        (file, item.position, item.reason) for file, part in zip(files, parsed, strict=True) for item in part.rejected
    ]
    rejected += [(files[origin[row.label]], positions[row.label], row.reason) for row in (*unclean, *misfits)]
    return rows, [Failure(file.name, file.generation, position, reason) for file, position, reason in rejected]


def _joined(parsed: Sequence[Parsed]) -> pd.DataFrame:
    columns = {name: list(chain.from_iterable(part.columns[name] for part in parsed)) for name in parsed[0].columns}
    return pd.DataFrame(columns, dtype=object)


def _lineage(feed: Feed, files: Sequence[SourceFile], origin: np.ndarray) -> dict[str, object]:
    """What the files' names say of the rows that come from the files numbered `origin`."""
    names = np.array([file.name for file in files], dtype=object)
    stamps = pd.DatetimeIndex([feed.scraped_at(file.name) for file in files])
    days = pd.DatetimeIndex([feed.fields(file.name).get("date") for file in files])
    return {"source_object": names[origin], "scraped_at": stamps[origin], _DAY: days[origin]}


def _fitting(table: Table, rows: pd.DataFrame) -> Cleaned:
    """`rows` without those that would spoil the whole write: of another day than their file, or twice in it."""
    rows, misplaced = reject(
        rows,
        rows[_DAY].notna() & (rows[table.partition_by] != rows[_DAY]),
        f"{table.partition_by} is not the day in the object's name",
    )
    rows, repeated = reject(
        rows, rows.duplicated([*table.key, "source_object"], keep="last"), "its key stands again further down"
    )
    return rows, [*misplaced, *repeated]


def _newest_rows(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    newest_last = rows.sort_values("scraped_at", kind="stable")
    return frames.typed(table, newest_last.drop_duplicates(list(table.key), keep="last"))


def _too_many(feed: Feed, failed: Sequence[Failure], count: int) -> str:
    listed = "\n".join(f"  {f.object} (generation {f.generation}): {f.reason} at {f.position}" for f in failed[:_NAMED])
    more = f"\n  and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return (
        f"{len(failed)} of {count} files of {feed.name} are unreadable, more than {TOLERATED_SHARE:.0%}: nothing was "
        f"written. Scrape them again or remove them, then run the partitions again:\n{listed}{more}"
    )
