"""The asset of a feed: from its objects in the bucket to the rows of a chunk, and what is said of them.

A new feed is a module in `sources/` and a file beside this one with one call of `feed_asset`.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import dagster as dg

from nba_pipeline.defs import links, markdown
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.check_results import explained
from nba_pipeline.defs.table_asset import asset_key, chunk_days, table_asset
from nba_pipeline.frames import DayRows
from nba_pipeline.game_days import season_name, season_year
from nba_pipeline.orchestration import failed_files
from nba_pipeline.sources import batch
from nba_pipeline.sources.feed import Feed, ForeignObject

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket
    from nba_pipeline.storage.stored_object import StoredObject

_LISTED = 50

# What a materialisation says: when the objects were listed. Live ingest holds it against their stamps.
LISTED_AT = "bucket_listed_at"


def feed_asset(source: batch.Source) -> dg.AssetsDefinition:
    """The asset that writes `source.TABLE` from the objects of `source.FEED`.

    Days that no readable object with rows covers stay as they are: no file, and an empty answer, is not the same as
    no games. A feed of seasons gives the whole seasons of its days, from which the write takes what belongs there.
    """
    check = dg.AssetCheckSpec(
        "every_file_was_taken",
        asset=asset_key(source.TABLE),
        description="Every file was read and every row of it taken; nba_orchestration.failed_files lists the others.",
    )

    @table_asset(source.TABLE, checks=[check], kinds=("bigquery", "gcs"))
    def asset(
        context: dg.AssetExecutionContext, bucket: BucketResource, bigquery: BigQueryResource
    ) -> Iterator[dg.Output[DayRows] | dg.AssetCheckResult]:
        days = chunk_days(context)
        listed_at = dt.datetime.now(dt.UTC)
        try:
            with bucket.opened() as opened:
                listed, foreign = _objects(opened, source.FEED, days)
                collected = batch.collect(source, *_files(opened, source, listed))
        except batch.TooManyBadFiles as error:
            _record(context, bucket, bigquery, source, error.failures)
            raise
        _record(context, bucket, bigquery, source, collected.failures)
        rows = DayRows(collected.rows, _covered(source.FEED, days, collected.rows["source_object"].unique()))
        counts = _counts(collected, foreign)
        _link_files(context, bucket, source.FEED, rows.days)
        yield dg.Output(rows, metadata={**counts, LISTED_AT: dg.MetadataValue.timestamp(listed_at)})
        yield _check(collected, foreign, counts)

    return asset


def _record(
    context: dg.AssetExecutionContext,
    bucket: BucketResource,
    bigquery: BigQueryResource,
    source: batch.Source,
    failures: Sequence[batch.Failure],
) -> None:
    """Writes what could not be taken into nba_orchestration.failed_files, and lists it on that asset's page."""
    if not failures:
        return
    context.log.warning("\n".join([f"{len(failures)} files or rows could not be taken:", *_listed(failures[:_LISTED])]))
    now = dt.datetime.now(dt.UTC)
    rows = failed_files.rows(source.TABLE, source.FEED, failures, context.run.run_id, now)
    connection = bigquery.connect()
    try:
        writer = bigquery.writer(connection, context.instance, context.run.run_id, {"asset": source.TABLE.name})
        writer.write(failed_files.TABLE, DayRows(rows, sorted(rows["file_date"].dt.date.unique())))
    finally:
        connection.close()
    context.log_event(_recorded(bucket, source, failures))


def _recorded(
    bucket: BucketResource, source: batch.Source, failures: Sequence[batch.Failure]
) -> dg.AssetMaterialization:
    rows = [
        (markdown.Link(one.object, links.content(bucket, one.object)), one.position, one.reason)
        for one in failures[:_LISTED]
    ]
    return dg.AssetMaterialization(
        asset_key(failed_files.TABLE),
        metadata={
            "table": dg.MetadataValue.asset(asset_key(source.TABLE)),
            "failures": len(failures),
            "first_of_them": dg.MetadataValue.md(markdown.table(("object", "position", "reason"), rows)),
        },
    )


def _objects(bucket: "Bucket", feed: Feed, days: Sequence[dt.date]) -> tuple[list["StoredObject"], list[str]]:
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
    """The files to read and those before them: the newest of each subject, and of an append or of parts each object."""
    stored = {(found.name, found.generation): found for found in listed}
    groups = batch.scrapes(source.FEED, stored)
    if source.TABLE.strategy == "append" or source.FEED.holds == "part":
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


def _link_files(context: dg.AssetExecutionContext, bucket: BucketResource, feed: Feed, days: Sequence[dt.date]) -> None:
    """Puts a link to the files of each day on the event of that day."""
    for day in days:
        url = links.folder(bucket, f"{feed.prefix}{_value(feed.placeholders[0], day)}/")
        context.add_asset_metadata({"files_of_the_day": dg.MetadataValue.url(url)}, partition_key=day.isoformat())


def _counts(collected: batch.Batch, foreign: Sequence[str]) -> dict[str, int]:
    """What became of the batch's files."""
    return {
        "files": collected.files,
        "files_without_rows": collected.files - len(collected.failed_files) - collected.rows["source_object"].nunique(),
        "failed_files": len(collected.failed_files),
        "rejected_rows": len(collected.rejected_rows),
        "foreign_objects": len(foreign),
    }


def _check(collected: batch.Batch, foreign: Sequence[str], counts: Mapping[str, int]) -> dg.AssetCheckResult:
    return explained(
        [*_listed(collected.failures), *(f"{name}: its name is none of the feed's" for name in foreign)],
        f"All {collected.files:,} files were read, and every row of them was taken.",
        f"Of {collected.files:,} files these, or rows of them, were not taken:",
        counts,
    )


def _listed(failures: Sequence[batch.Failure]) -> list[str]:
    return [f"{one.object} at {one.position}: {one.reason}" for one in failures]
