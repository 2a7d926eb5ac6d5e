"""The asset of bettingpros_player_points_props."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import bettingpros_player_points_props as source

bettingpros_player_points_props = feed_asset(source)
