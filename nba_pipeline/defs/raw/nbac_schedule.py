"""nbac_schedule: the newest scrape of each season in the chunk.

The whole season goes to the write, which takes the games of the chunk's days and those that left them for another day.
"""

import dagster as dg

from nba_pipeline.defs.bucket_resource import BucketResource
from nba_pipeline.defs.raw.collecting import collect, report
from nba_pipeline.defs.table_asset import chunk_days, table_asset
from nba_pipeline.frames import DayRows
from nba_pipeline.game_days import season_name, season_year
from nba_pipeline.sources import nbac_schedule as source


@table_asset(source.TABLE)
def nbac_schedule(context: dg.AssetExecutionContext, bucket: BucketResource) -> DayRows:
    """Days of a season that no object covers stay as they are."""
    seasons = {day: season_name(season_year(day)) for day in chunk_days(context)}
    batch, found = collect(bucket, source, sorted(set(seasons.values())), "season")
    report(context, batch)
    return DayRows(batch.rows, [day for day, season in seasons.items() if season in found])
