"""The asset of bdl_live_boxscores."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import bdl_live_boxscores as source

bdl_live_boxscores = feed_asset(source)
