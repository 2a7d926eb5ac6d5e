"""The asset of bdl_player_boxscores."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import bdl_player_boxscores as source

bdl_player_boxscores = feed_asset(source)
