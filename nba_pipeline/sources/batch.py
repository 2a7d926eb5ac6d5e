"""Batches: many files of one feed become one frame, bad files counted and listed, none of them lost in silence."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.sources.feed import Feed, ForeignObject
from nba_pipeline.sources.payload import BadPayload, Parsed, reject
from nba_pipeline.table import Table

# Above this share of unreadable files a batch is not written: the source changed, or a scrape broke.
TOLERATED_SHARE = 0.2

_NAMED = 50


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


def collect(feed: Feed, table: Table, parse: Callable[[bytes], Parsed], files: Iterable[SourceFile]) -> Batch:
    """Parses `files` into one frame of `table`; of rows with one key the newest scrape's stays.

    Raises TooManyBadFiles, with the list, where more than 20 % of the files are unreadable.
    """
    parts, failed, rejected, count = [], [], [], 0
    for file in files:
        count += 1
        try:
            parsed = _fitting(table, feed.fields(file.name).get("date"), parse(file.content))
        except BadPayload as error:
            failed.append(Failure(file.name, file.generation, error.position, error.reason))
            continue
        parts.append(parsed.rows.assign(scraped_at=feed.scraped_at(file.name), source_object=file.name))
        rejected += [Failure(file.name, file.generation, row.position, row.reason) for row in parsed.rejected]
    if len(failed) > TOLERATED_SHARE * count:
        raise TooManyBadFiles(_too_many(feed, failed, count))
    return Batch(_newest_rows(table, parts), count, failed, rejected)


def _fitting(table: Table, day: str | None, parsed: Parsed) -> Parsed:
    """`parsed` without rows that would spoil a whole write: of another day than the file's, or with a key twice."""
    rows, found = reject(parsed.rows, parsed.rows.duplicated(list(table.key), keep="last"), "its key stands twice")
    if day is None:
        return Parsed(rows, [*parsed.rejected, *found])
    strange = rows[table.partition_by] != pd.Timestamp(day)
    rows, misplaced = reject(rows, strange, f"{table.partition_by} is not the file's {day}")
    return Parsed(rows, [*parsed.rejected, *found, *misplaced])


def _newest_rows(table: Table, parts: list[pd.DataFrame]) -> pd.DataFrame:
    # Typed one by one: pandas guesses a type anew where it joins columns that are empty or all NULL.
    typed = [frames.typed(table, part) for part in parts]
    rows = pd.concat([frames.empty(table), *typed], ignore_index=True)
    newest_last = rows.sort_values("scraped_at", kind="stable")
    return newest_last.drop_duplicates(list(table.key), keep="last", ignore_index=True)


def _too_many(feed: Feed, failed: Sequence[Failure], count: int) -> str:
    listed = "\n".join(f"  {f.object} (generation {f.generation}): {f.reason} at {f.position}" for f in failed[:_NAMED])
    more = f"\n  and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return (
        f"{len(failed)} of {count} files of {feed.name} are unreadable, more than {TOLERATED_SHARE:.0%}: nothing was "
        f"written. Scrape them again or remove them, then run the partitions again:\n{listed}{more}"
    )
