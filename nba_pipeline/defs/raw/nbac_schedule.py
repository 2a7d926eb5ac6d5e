"""The asset of nbac_schedule."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_schedule as source

nbac_schedule = feed_asset(source)
