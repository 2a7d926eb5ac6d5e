"""The asset of mlb_pitcher_stats."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import mlb_pitcher_stats as source

mlb_pitcher_stats = feed_asset(source)
