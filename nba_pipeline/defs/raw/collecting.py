"""What raw assets share: from a feed's objects in the bucket to a batch, and the batch's metadata."""

from collections.abc import Sequence

import dagster as dg

from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.sources import batch

_LISTED = 50


def collect(
    bucket: BucketResource, source: batch.Source, values: Sequence[str], by: str
) -> tuple[batch.Batch, set[str]]:
    """The batch of the newest objects whose placeholder `by` is one of `values`, and the values they give rows for.

    An object that can not be read, or holds no row, speaks for nothing: what it would cover stays as it is. `values`
    are in order and `by` comes first in the feed's path, so that one listing from the first value to the last finds
    all objects.
    """
    opened = bucket.open()
    try:
        prefix = source.FEED.prefix
        # A value is followed by "/", and "0" is the next character: the end that just takes the last value in.
        listed = opened.list(prefix, f"{prefix}{values[0]}", f"{prefix}{values[-1]}0")
        stored = {(found.name, found.generation): found for found in listed}
        wanted = set(values)
        newest = [
            stored[key] for key in batch.newest(source.FEED, stored, by) if source.FEED.fields(key[0])[by] in wanted
        ]
        files = (batch.SourceFile(found.name, found.generation, content) for found, content in opened.read(newest))
        collected = batch.collect(source, files)
    finally:
        opened.close()
    return collected, {source.FEED.fields(name)[by] for name in collected.rows["source_object"].unique()}


def report(context: dg.AssetExecutionContext, collected: batch.Batch) -> None:
    """Puts the batch's counts and its failures into the asset's metadata."""
    failures = [*collected.failed_files, *collected.rejected_rows]
    metadata: dict[str, dg.RawMetadataValue] = {
        "files": collected.files,
        "files_without_rows": collected.files - len(collected.failed_files) - collected.rows["source_object"].nunique(),
        "failed_files": len(collected.failed_files),
        "rejected_rows": len(collected.rejected_rows),
    }
    if failures:
        rows = [f"| {f.object} | {f.position} | {f.reason} |" for f in failures[:_LISTED]]
        table = "\n".join(["| object | position | reason |", "| --- | --- | --- |", *rows])
        metadata["failures"] = dg.MetadataValue.md(table)
        context.log.warning(f"{len(failures)} files or rows could not be taken:\n{table}")
    context.add_output_metadata(metadata)
