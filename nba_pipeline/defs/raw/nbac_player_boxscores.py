"""The asset of nbac_player_boxscores."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_player_boxscores as source

nbac_player_boxscores = feed_asset(source)
