"""The asset of mlb_batter_stats."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import mlb_batter_stats as source

mlb_batter_stats = feed_asset(source)
