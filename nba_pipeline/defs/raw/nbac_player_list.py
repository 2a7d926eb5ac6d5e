"""The asset of nbac_player_list."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_player_list as source

nbac_player_list = feed_asset(source)
