"""The asset of bdl_active_players."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import bdl_active_players as source

bdl_active_players = feed_asset(source)
