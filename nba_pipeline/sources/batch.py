"""Batches: many files of one feed become one frame, bad files counted and listed, none of them lost in silence."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.sources.feed import Feed, ForeignObject
from nba_pipeline.sources.payload import BadPayload, Parsed
from nba_pipeline.table import Table

# Above this share of unreadable files a batch is not written: the source changed, or a scrape broke.
TOLERATED_SHARE = 0.2


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
    chosen: dict[str, tuple[dt.datetime, int, str]] = {}
    for name, generation in names:
        try:
            key, scraped = feed.fields(name)[by], feed.scraped_at(name)
        except ForeignObject:
            continue
        chosen[key] = max(chosen.get(key, (scraped, generation, name)), (scraped, generation, name))
    return [(name, generation) for _, (_, generation, name) in sorted(chosen.items())]


def collect(feed: Feed, table: Table, parse: Callable[[bytes], Parsed], files: Iterable[SourceFile]) -> Batch:
    """Parses `files` into one frame of `table`; of rows with one key the newest scrape's stays.

    Raises TooManyBadFiles, with the list, where more than 20 % of the files are unreadable.
    """
    parts, failed, rejected, count = [], [], [], 0
    for file in files:
        count += 1
        try:
            parsed, scraped = parse(file.content), feed.scraped_at(file.name)
        except (BadPayload, ForeignObject) as error:
            position = error.position if isinstance(error, BadPayload) else "name"
            failed.append(Failure(file.name, file.generation, position, str(error)))
            continue
        lineage = {"scraped_at": pd.Timestamp(scraped), "source_object": file.name}
        parts.append(parsed.rows.assign(**lineage))
        rejected += [Failure(file.name, file.generation, row.position, row.reason) for row in parsed.rejected]
    if len(failed) > TOLERATED_SHARE * count:
        raise TooManyBadFiles(_too_many(feed, failed, count))
    return Batch(_newest_rows(table, parts), count, failed, rejected)


def _newest_rows(table: Table, parts: list[pd.DataFrame]) -> pd.DataFrame:
    if not parts:
        return frames.empty(table)
    rows = pd.concat(parts, ignore_index=True).sort_values("scraped_at", kind="stable")
    return frames.typed(table, rows.drop_duplicates(list(table.key), keep="last"))


def _too_many(feed: Feed, failed: Sequence[Failure], count: int) -> str:
    listed = "\n".join(f"  {f.object} (generation {f.generation}): {f.reason}" for f in failed[:50])
    return (
        f"{len(failed)} of {count} files of {feed.name} are unreadable, more than {TOLERATED_SHARE:.0%}: nothing was "
        f"written. Scrape them again or remove them, then run the partitions again:\n{listed}"
    )
