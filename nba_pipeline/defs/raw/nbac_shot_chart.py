"""The asset of nbac_shot_chart."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_shot_chart as source

nbac_shot_chart = feed_asset(source)
