"""nbac_player_boxscores: the newest league game log of each day in the chunk."""

import datetime as dt

import dagster as dg

from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.raw.collecting import collect, report
from nba_pipeline.defs.table_asset import chunk_days, table_asset
from nba_pipeline.frames import DayRows
from nba_pipeline.sources import nbac_player_boxscores as source


@table_asset(source.TABLE)
def nbac_player_boxscores(context: dg.AssetExecutionContext, bucket: BucketResource) -> DayRows:
    """A day without an object stays as it is: no file is not the same as no games."""
    days = [day.isoformat() for day in chunk_days(context)]
    batch, found = collect(bucket, source, days, "date")
    report(context, batch)
    return DayRows(batch.rows, [dt.date.fromisoformat(day) for day in sorted(found)])
