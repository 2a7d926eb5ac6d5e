"""The asset of nbac_injury_report."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_injury_report as source

nbac_injury_report = feed_asset(source)
