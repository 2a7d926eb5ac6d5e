"""The asset of nbac_player_movement."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_player_movement as source

nbac_player_movement = feed_asset(source)
