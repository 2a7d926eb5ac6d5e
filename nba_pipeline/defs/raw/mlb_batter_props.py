"""The asset of mlb_batter_props."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import mlb_batter_props as source

mlb_batter_props = feed_asset(source)
