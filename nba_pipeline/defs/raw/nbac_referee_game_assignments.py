"""The asset of nbac_referee_game_assignments."""

from nba_pipeline.defs.raw.feed_asset import feed_asset
from nba_pipeline.sources import nbac_referee_game_assignments as source

nbac_referee_game_assignments = feed_asset(source)
