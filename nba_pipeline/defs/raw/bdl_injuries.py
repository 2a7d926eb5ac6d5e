"""The asset of bdl_injuries."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import bdl_injuries as source

bdl_injuries = feed_asset(source)
