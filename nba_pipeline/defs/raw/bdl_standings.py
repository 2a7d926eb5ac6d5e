"""The asset of bdl_standings."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import bdl_standings as source

bdl_standings = feed_asset(source)
