"""The asset of a feed: from its objects in the bucket to the rows of a chunk, and what is said of them.

A new feed is a module in `sources/` and a file beside this one with one call of `feed_asset`.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import dagster as dg

from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.table_asset import chunk_days, table_asset
from nba_pipeline.frames import DayRows
from nba_pipeline.game_days import season_name, season_year
from nba_pipeline.sources import batch
from nba_pipeline.sources.feed import Feed, ForeignObject

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket, StoredObject

_LISTED = 50


def feed_asset(source: batch.Source) -> dg.AssetsDefinition:
    """The asset that writes `source.TABLE` from the objects of `source.FEED`.

    Days that no readable object with rows covers stay as they are: no file, and an empty answer, is not the same as
    no games. A feed of seasons gives the whole seasons of its days, from which the write takes what belongs there.
    """

    @table_asset(source.TABLE)
    def asset(context: dg.AssetExecutionContext, bucket: BucketResource) -> DayRows:
        days = chunk_days(context)
        with bucket.opened() as opened:
            listed, foreign = _listed(opened, source.FEED, days)
            collected = batch.collect(source, *_files(opened, source, listed))
        _report(context, collected, foreign)
        return DayRows(collected.rows, _covered(source.FEED, days, collected.rows["source_object"].unique()))

    return asset


def _listed(bucket: "Bucket", feed: Feed, days: Sequence[dt.date]) -> tuple[list["StoredObject"], list[str]]:
    """The feed's objects that are about `days`, and the names among them that are not the feed's."""
    first = feed.placeholders[0]
    values = sorted({_value(first, day) for day in days})
    # A value is followed by "/", and "0" is the next character: the end that just takes the last value in.
    found = bucket.list(feed.prefix, f"{feed.prefix}{values[0]}", f"{feed.prefix}{values[-1]}0")
    wanted = {name: {_value(name, day) for day in days} for name in ("date", "season")}
    listed, foreign = [], []
    for stored in found:
        try:
            fields = feed.fields(stored.name)
        except ForeignObject:
            foreign.append(stored.name)
            continue
        if all(fields[name] in values for name, values in wanted.items() if name in fields):
            listed.append(stored)
    return listed, foreign


def _value(placeholder: str, day: dt.date) -> str:
    return day.isoformat() if placeholder == "date" else season_name(season_year(day))


def _files(
    bucket: "Bucket", source: batch.Source, listed: Sequence["StoredObject"]
) -> tuple[Iterator[batch.SourceFile], "_Older"]:
    """The files to read, each object of an append and otherwise the newest of each subject, and those before them."""
    stored = {(found.name, found.generation): found for found in listed}
    groups = batch.scrapes(source.FEED, stored)
    if source.TABLE.strategy == "append":
        groups = [[scrape] for group in groups for scrape in reversed(group)]
    before = {newer: older for group in groups for newer, older in pairwise(group)}
    newest = [stored[group[0]] for group in groups]
    files = (_file(found, content) for found, content in bucket.read(newest))
    return files, _Older(bucket, {newer: stored[older] for newer, older in before.items()})


class _Older:
    """Reads the scrape before one that is unreadable."""

    def __init__(self, bucket: "Bucket", before: dict[tuple[str, int], "StoredObject"]) -> None:
        self._bucket, self._before = bucket, before

    def __call__(self, file: batch.SourceFile) -> batch.SourceFile | None:
        found = self._before.get((file.name, file.generation))
        return None if found is None else _file(*next(iter(self._bucket.read([found]))))


def _file(stored: "StoredObject", content: bytes) -> batch.SourceFile:
    return batch.SourceFile(stored.name, stored.generation, content, stored.updated)


def _covered(feed: Feed, days: Sequence[dt.date], objects: Collection[str]) -> list[dt.date]:
    """Those of `days` that objects with rows are about."""
    placeholder = "date" if "date" in feed.placeholders else "season"
    values = {feed.fields(name)[placeholder] for name in objects}
    return [day for day in days if _value(placeholder, day) in values]


def _report(context: dg.AssetExecutionContext, collected: batch.Batch, foreign: Sequence[str]) -> None:
    """Puts the batch's counts and its failures into the asset's metadata."""
    failures = [*collected.failed_files, *collected.rejected_rows]
    metadata: dict[str, dg.RawMetadataValue] = {
        "files": collected.files,
        "files_without_rows": collected.files - len(collected.failed_files) - collected.rows["source_object"].nunique(),
        "failed_files": len(collected.failed_files),
        "rejected_rows": len(collected.rejected_rows),
        "foreign_objects": len(foreign),
    }
    if foreign:
        metadata["foreign_object_names"] = foreign[:_LISTED]
        context.log.warning(f"{len(foreign)} objects under the feed's prefix have other names: {foreign[:_LISTED]}")
    if failures:
        rows = [f"| {f.object} | {f.position} | {f.reason} |" for f in failures[:_LISTED]]
        table = "\n".join(["| object | position | reason |", "| --- | --- | --- |", *rows])
        metadata["failures"] = dg.MetadataValue.md(table)
        context.log.warning(f"{len(failures)} files or rows could not be taken:\n{table}")
    context.add_output_metadata(metadata)
