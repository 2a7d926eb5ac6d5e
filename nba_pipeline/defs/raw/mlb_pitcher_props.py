"""The asset of mlb_pitcher_props."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import mlb_pitcher_props as source

mlb_pitcher_props = feed_asset(source)
